"""What may be said: event types, the delivery envelope, identity and errors.

Importing this folder declares every event type and loads no engine (no Beam, Arrow, DuckDB, Kafka).
"""

import importlib
import pkgutil

import schemas.events
from schemas.event import EVENTS

for _module in sorted(
    pkgutil.iter_modules(schemas.events.__path__), key=lambda module: module.name
):
    importlib.import_module(f"schemas.events.{_module.name}")

__all__ = ["EVENTS"]
