"""The simulated organisation against its truth: ``python -m tests.bench.simulator --seeds 1 2 3``.

Prints truth, estimate and error by component and by AI-share bucket, and ends with 1 where the
estimate is worse than the prototype's was, by its own table: the bias over the seeds, and no seed
further off than its seeds lay apart. With ``--keep DIR`` each seed's home
stays: ``DIR/<seed>/lake``, and the truth in ``DIR/<seed>/truth/*.parquet``.
"""

import argparse
import logging
import os
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from connectors import all_sources
from connectors.keys import make_key
from connectors.simulator.regime import REGIMES
from connectors.simulator.simulate import Organisation
from pipelines.demo.organisation import live
from pipelines.derive import derive
from pipelines.land import land
from tests.bench.simulator_errors import errors, printed, worse

KEY = bytes(range(32))


def built(home: Path, asked: Organisation) -> None:
    """Let an organisation live, and make the lake of what was heard of it."""
    home.mkdir(parents=True)
    make_key(home / "key", KEY)
    began = time.perf_counter()

    def timed(what: str) -> None:
        nonlocal began
        now = time.perf_counter()
        print(f"  {what}: {now - began:.1f} s")
        began = now

    live(home, home / "log", home / "key", asked, lambda what, done, of: None, os.urandom)
    timed("lived and sent")
    landed = 0
    while (part := land(home / "lake", f"file:{home / 'log'}")).consumed:
        landed += part.deliveries
    timed(f"landed {landed} deliveries")
    derive(home / "lake", all_sources())
    timed("derived")


def main() -> None:
    logging.basicConfig(level=logging.CRITICAL)
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options.add_argument("--weeks", type=int, default=12)
    options.add_argument("--teams", type=int, default=5)
    options.add_argument("--regime", choices=REGIMES, default="usual")
    options.add_argument("--keep", type=Path)
    options.add_argument("--again", action="store_true", help="derive what --keep kept once more")
    given = options.parse_args()
    kept = given.keep or Path(tempfile.mkdtemp())
    found = {}
    try:
        for seed in given.seeds:
            print(f"\nseed {seed}, {given.regime}, {given.teams} teams, {given.weeks} weeks")
            asked = Organisation(seed=seed, weeks=given.weeks, teams=given.teams)
            home = kept / str(seed)
            if given.again:
                derive(home / "lake", all_sources())
            else:
                built(home, replace(asked, regime=REGIMES[given.regime]))
            print(printed(home))
            found[seed] = errors(home)
    finally:
        if given.keep is None:
            shutil.rmtree(kept)
    bad = worse(found)
    print("\n".join(["", "Worse than the prototype:", *bad] if bad else ["", "Gate: passed"]))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
