"""The jar of Flink and Beam's runner for it: built once by Maven, kept under its pom's digest."""

from importlib.resources import files
from pathlib import Path

from connectors.broker.jars import kept

POM = files("pipelines.flink") / "pom.xml"


def jar(folder: Path | None = None) -> Path:
    """Return the jar, building it (160 MB, of as much that is fetched) when it is not there.

    Raises Usage without Maven, Fatal when Maven cannot build it.
    """
    made = kept("flink", "Flink", POM.read_bytes(), ("package",), "target", folder)
    return made / "upshot-flink.jar"
