"""A real Flink on this machine, for a laptop and for tests; and what a worker of ours is."""
