"""The collector: an HTTP server that takes what sources push, and keeps it before it answers."""
