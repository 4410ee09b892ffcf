"""From the log to the lake: land, derive, publish. Start at ``cli.py``; the steps are in README.md."""
