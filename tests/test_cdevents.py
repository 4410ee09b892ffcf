"""CDEvents: which commit of which repository was deployed, and not whose it is."""

from pathlib import Path

from connectors.keys import TenantKey
from connectors.repository import repository_name
from tests.deliveries import decoded, pulled

RECORDING = Path(__file__).parent / "recordings" / "cdevents"
KEY = TenantKey(b"a key for tests, 32 bytes long..")


def test_a_deployment_of_a_commit_tells_repository_and_commit() -> None:
    rows = decoded(pulled("cdevents", RECORDING)).rows["events/service.deployed"].to_pylist()
    told = {(row["service"], row["repo"], row["sha"]) for row in rows}
    garden = repository_name(
        "github.com", "quillfeather-ada/quillfeather-ada.github.io", organisation=False, key=KEY
    )
    assert told == {("web", None, None), ("garden", garden, "5e" * 20)}


def test_one_artifact_has_one_name_in_deployments_rollbacks_and_incidents() -> None:
    rows = decoded(pulled("cdevents", RECORDING)).rows
    named = {
        row["artifact"]
        for path in ("service.deployed", "service.rolledback", "incident.detected")
        for row in rows[f"events/{path}"].to_pylist()
        if row["service"] == "web"
    }
    assert len(named) == 1
