"""Options that several commands take, and what they are when nobody says."""

from pathlib import Path
from typing import Annotated

import typer

HOME = Path(".upshot")
LOG = f"file:{HOME / 'log'}"
LAKE = HOME / "lake"
KEY = HOME / "key"
SECRETS = HOME / "secrets.toml"

Log = Annotated[
    str,
    typer.Option("--log", envvar="UPSHOT_LOG", help="The log: file:DIR or kafka://HOST:PORT."),
]
Lake = Annotated[
    Path, typer.Option("--lake", envvar="UPSHOT_LAKE", help="The folder that holds the lake.")
]
Key = Annotated[Path, typer.Option("--key", envvar="UPSHOT_KEY", help="The tenant's key file.")]
Secrets = Annotated[
    Path,
    typer.Option("--secrets", envvar="UPSHOT_SECRETS", help="The file of tokens and secrets."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Loss = Annotated[
    bool,
    typer.Option("--accept-loss", help="Go on behind what the log no longer has, and say so."),
]
Rejects = Annotated[
    bool,
    typer.Option("--accept-rejects", help="Go on though most of what a source said was rejected."),
]
RunnerName = Annotated[
    str,
    typer.Option(
        "--runner", envvar="UPSHOT_RUNNER", help="Who runs Beam: local, or flink://HOST:PORT."
    ),
]
Parallelism = Annotated[
    int, typer.Option("--parallelism", min=1, help="Workers at once, on Flink.")
]
