"""What Maven fetches or builds, once: kept under the digest of the pom that says what it is.

Filled in a folder aside and renamed, so it is whole or absent; a file lock lets several ask at once
and one fetch. When it is there, Maven is not called.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from schemas.errors import Fatal, Usage

POM = files("connectors.broker") / "pom.xml"
MAVEN = ("mvn", "-q", "-B", "-Dstyle.color=never")
COPY = ("dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=jars")
PATIENCE_S = 900
"""How long Maven may take; a slow repository is not a broken one."""


def program(name: str, package: str, what: str = "broker") -> str:
    """Return where a program is. Raises Usage, with what to install, when it is nowhere."""
    found = shutil.which(name)
    if found is None:
        raise Usage(
            f"a {what} of your own needs {name}, which is not installed",
            f"install it (Debian: `apt-get install {package}`), or name a {what} that runs",
        )
    return found


def java(what: str = "broker") -> str:
    """Return where Java is. Raises Usage when it is nowhere."""
    return program("java", "openjdk-17-jre-headless", what)


def cache() -> Path:
    """Return the folder where programs keep what can be fetched again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "upshot"


def jars(folder: Path | None = None) -> Path:
    """Return the folder of the broker's jars, fetching them (45 MB) when they are not there.

    Raises Usage without Maven, Fatal when Maven cannot fetch them.
    """
    return kept("kafka", "broker", POM.read_bytes(), COPY, "jars", folder)


def kept(
    name: str,
    what: str,
    pom: bytes,
    goals: Sequence[str],
    made: str,
    folder: Path | None = None,
) -> Path:
    """Return the folder ``made`` as these goals of Maven make it of a pom, kept from then on.

    Raises Usage without Maven, Fatal when Maven cannot make it.
    """
    folder = folder or cache()
    home = folder / f"{name}-{sha256(pom).hexdigest()[:12]}"
    if home.is_dir():
        return home
    maven = program(MAVEN[0], "maven", what)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.is_dir():
            with tempfile.TemporaryDirectory(dir=folder) as aside:
                _make(maven, what, pom, goals, Path(aside))
                (Path(aside) / made).rename(home)
    return home


def _make(maven: str, what: str, pom: bytes, goals: Sequence[str], folder: Path) -> None:
    (folder / "pom.xml").write_bytes(pom)
    try:
        done = subprocess.run(  # noqa: S603 - a program found on the path, with fixed words
            [maven, *MAVEN[1:], *goals],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        raise Fatal(
            f"Maven has not fetched the {what} in {PATIENCE_S} s",
            "see that `mvn` reaches its repository (a proxy goes into ~/.m2/settings.xml)",
        ) from None
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]
        raise Fatal(
            f"Maven could not fetch the {what}: {(said or ['it said nothing'])[0][:300]}",
            "see that `mvn` reaches its repository (a proxy goes into ~/.m2/settings.xml)",
        )
