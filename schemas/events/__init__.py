"""One file per event type. A new file here is a new type; nothing else has to know."""
