"""What is asked of the facts: metrics and data checks, each one file of plain, runnable SQL.

Importing this folder reads no file and loads no engine; ``metrics()`` and ``checks()`` read text.
"""

from sql.check import Check, checks
from sql.metric import Metric, metrics

__all__ = ["Check", "Metric", "checks", "metrics"]
