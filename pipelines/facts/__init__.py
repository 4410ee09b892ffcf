"""One file per fact table. A new file here is a new fact; nothing else has to know."""
