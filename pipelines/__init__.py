"""From the log to the lake: land, derive, publish. Start at ``cli.py``; README.md has the steps."""

import os

# Arrow's own allocator would keep for itself a third of a pass's peak, and more with every round.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
