"""An invented organisation: what it does, and how its systems would have told it."""
