"""From the log to the lake: land, derive, publish. Start at ``cli.py``; README.md has the steps."""
