"""One file per source. A new file here is a new source; nothing else has to know."""
