"""What Flink itself tells of jobs, and how one is cancelled: its REST interface.

The job server's own cancel only stops watching; the job goes on in Flink.
"""

import json
import time
import urllib.request
from contextlib import suppress
from typing import Any

from schemas.errors import Fatal

ANSWER_S = 10.0
CANCEL_S = 60.0
APPEAR_S = 15.0
"""How long a job that was just handed over may take to be seen."""

ENDED = frozenset({"FINISHED", "FAILED", "CANCELED"})


def ask(rest: str, path: str, method: str = "GET", body: Any = None) -> Any:
    """Ask a JobManager at HOST:PORT. Raises OSError where it does not answer, or refuses."""
    asked = urllib.request.Request(
        f"http://{rest}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=ANSWER_S) as answer:  # noqa: S310
        return json.loads(answer.read() or b"{}")


def jobs(rest: str) -> list[dict[str, Any]]:
    """Return all jobs, the newest first. Raises Fatal where there is no JobManager."""
    try:
        found: list[dict[str, Any]] = ask(rest, "/jobs/overview")["jobs"]
    except OSError:
        raise Fatal(
            f"no Flink answers at http://{rest}",
            "name its REST address: --runner flink://HOST:PORT?rest=HOST:PORT",
        ) from None
    return sorted(found, key=lambda job: job["start-time"], reverse=True)


def alive(rest: str, prefix: str) -> str | None:
    """Return the name of a job that has not ended and whose name begins so, if there is any."""
    names = [job["name"] for job in jobs(rest) if job["state"] not in ENDED]
    return next((name for name in names if name.startswith(prefix)), None)


def named(rest: str, name: str) -> dict[str, Any] | None:
    """Return the newest job of a name, None where there is none."""
    return next((job for job in jobs(rest) if job["name"] == name), None)


def why(rest: str, job_id: str) -> str:
    """Return what made a job fail, as long as Flink remembers."""
    said: str | None = None
    with suppress(OSError):
        said = ask(rest, f"/jobs/{job_id}/exceptions").get("root-exception")
    return said or ""


def cancel(rest: str, name: str) -> None:
    """Cancel the job of this name and return when it has ended. Raises Fatal where it does not."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < CANCEL_S:
        found = named(rest, name)
        if found is None and waited > APPEAR_S:
            return
        if found and found["state"] in ENDED:
            return
        if found:
            # One that ends just now refuses it.
            with suppress(OSError):
                ask(rest, f"/jobs/{found['jid']}?mode=cancel", "PATCH")
        time.sleep(0.5)
    raise Fatal(f"job {name} was not cancelled in {CANCEL_S:g} s", "cancel it in Flink")
