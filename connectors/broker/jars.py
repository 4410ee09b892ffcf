"""The broker's jars: fetched once by Maven, kept under the digest of the pom that names them.

Filled in a folder aside and renamed, so the jars are whole or absent; a file lock lets several ask
at once and one fetch. When they are there, Maven is not called.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from schemas.errors import Fatal, Usage

POM = files("connectors.broker") / "pom.xml"
MAVEN = ("mvn", "-q", "-B", "-Dstyle.color=never")
COPY = ("dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=jars")


def program(name: str, package: str) -> str:
    """Return where a program is. Raises Usage, with what to install, when it is nowhere."""
    found = shutil.which(name)
    if found is None:
        raise Usage(
            f"a broker of your own needs {name}, which is not installed",
            f"install it (Debian: `apt-get install {package}`), or name a broker that runs",
        )
    return found


def java() -> str:
    """Return where Java is. Raises Usage when it is nowhere."""
    return program("java", "openjdk-17-jre-headless")


def cache() -> Path:
    """Return the folder where programs keep what can be fetched again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "upshot"


def jars(folder: Path | None = None) -> Path:
    """Return the folder of the broker's jars, fetching them (45 MB) when they are not there.

    Raises Usage without Maven, Fatal when Maven cannot fetch them.
    """
    folder = folder or cache()
    pom = POM.read_bytes()
    home = folder / f"kafka-{sha256(pom).hexdigest()[:12]}"
    if home.is_dir():
        return home
    maven = program(MAVEN[0], "maven")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.is_dir():
            with tempfile.TemporaryDirectory(dir=folder) as aside:
                _fetch(maven, pom, Path(aside))
                (Path(aside) / "jars").rename(home)
    return home


def _fetch(maven: str, pom: bytes, folder: Path) -> None:
    (folder / "pom.xml").write_bytes(pom)
    done = subprocess.run(  # noqa: S603 - a program found on the path, with fixed words
        [maven, *MAVEN[1:], *COPY], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]
        raise Fatal(
            f"Maven could not fetch the broker: {(said or ['it said nothing'])[0][:300]}",
            "see that `mvn` reaches its repository (a proxy goes into ~/.m2/settings.xml)",
        )
