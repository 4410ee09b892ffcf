"""Who speaks: one file per source under ``sources``, and the edge that strips what they say."""

import importlib
import pkgutil

import connectors.sources
from connectors.source import Source


def all_sources() -> dict[str, Source]:
    """Return every declared source by name; a file under ``sources`` is a source."""
    modules = (
        importlib.import_module(f"connectors.sources.{module.name}")
        for module in pkgutil.iter_modules(connectors.sources.__path__)
    )
    return {module.SOURCE.name: module.SOURCE for module in modules}
