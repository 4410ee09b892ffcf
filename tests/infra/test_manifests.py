"""What is deployed: every manifest is what its schema says, and every command in it exists.

The schemas are Kubernetes' own and Compose's own, as `make operations` installs them.
No container engine is needed, and none was there to build the image.
"""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.commands import accepted
from tests.infra.installed import MANIFESTS, ROOT, needs

INFRA = ROOT / "infra"
COMPOSE = yaml.safe_load((INFRA / "compose.yml").read_text())
KUBERNETES = {
    f"{path.stem}/{said['kind']}/{said['metadata']['name']}": said
    for path in sorted((INFRA / "kubernetes").glob("*.yml"))
    for said in yaml.safe_load_all(path.read_text())
}
VERSION = "1.32"

VALIDATE = """
import json, sys
import jsonschema, kubernetes_validate
from importlib.metadata import distribution
said = json.load(sys.stdin)
wrong = []
for name, one in said["kubernetes"].items():
    try:
        kubernetes_validate.validate(one, said["version"], strict=True)
    except kubernetes_validate.ValidationError as problem:
        wrong.append(f"{name}: {problem}"[:300])
schema = distribution("docker-compose").locate_file("compose/config/compose_spec.json")
for problem in jsonschema.Draft7Validator(json.load(open(schema))).iter_errors(said["compose"]):
    wrong.append(f"compose: {problem.message}"[:300])
print(json.dumps(wrong))
"""


def validated(kubernetes: dict[str, Any], compose: dict[str, Any]) -> list[str]:
    """Return what the real schemas find wrong."""
    said = {"kubernetes": kubernetes, "compose": compose, "version": VERSION}
    done = subprocess.run(
        [MANIFESTS, "-W", "ignore", "-c", VALIDATE],
        input=json.dumps(said),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    wrong: list[str] = json.loads(done.stdout)
    return wrong


def specs(said: Any) -> Iterator[dict[str, Any]]:
    """Yield the specification of every pod within a manifest."""
    if isinstance(said, dict):
        if "containers" in said:
            yield said
        for part in said.values():
            yield from specs(part)


def containers() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield every container of Kubernetes' manifests, with its pod."""
    for one in KUBERNETES.values():
        for pod in specs(one):
            for container in [*pod.get("initContainers", ()), *pod["containers"]]:
                yield pod, container


def commands() -> list[list[str]]:
    """Return every command that is started anywhere."""
    composed = [one["command"] for one in COMPOSE["services"].values() if "command" in one]
    return [*composed, *(container["command"] for _, container in containers())]


@needs(MANIFESTS)
def test_every_manifest_is_what_its_schema_says() -> None:
    assert validated(KUBERNETES, COMPOSE) == []


@needs(MANIFESTS)
def test_a_misspelt_key_is_found() -> None:
    claim = KUBERNETES["places/PersistentVolumeClaim/upshot-lake"]
    [wrong] = validated({"claim": claim | {"spce": {}}}, COMPOSE)
    assert "spce" in wrong
    [wrong] = validated({}, COMPOSE | {"services": {"collect": {"comand": []}}})
    assert "comand" in wrong


@pytest.mark.parametrize("command", [c for c in commands() if c[0] == "upshot"], ids=shlex.join)
def test_every_command_exists_with_its_options(command: list[str]) -> None:
    accepted(shlex.join(command))


def test_all_run_the_one_image_as_its_user_and_mount_what_they_name() -> None:
    [user] = re.findall(r"^USER (\d+)$", (INFRA / "Containerfile").read_text(), re.MULTILINE)
    for pod, container in containers():
        assert container["image"] == "upshot"
        assert pod["securityContext"]["runAsUser"] == int(user)
        claimed = {volume["name"] for volume in pod.get("volumes", ())} | {"spool"}
        assert {mount["name"] for mount in container.get("volumeMounts", ())} <= claimed


def test_what_the_image_copies_is_there() -> None:
    for line in re.findall(
        r"^COPY (?!--from)(.+)$", (INFRA / "Containerfile").read_text(), re.MULTILINE
    ):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists(), name


def test_the_services_and_hosts_that_are_named_exist() -> None:
    served = {one["metadata"]["name"] for one in KUBERNETES.values() if one["kind"] == "Service"}
    settings = yaml.safe_load((INFRA / "kubernetes/config.yaml").read_text())
    hosts = {settings["jobmanager.rpc.address"], settings["rest.address"]}
    said = json.dumps(COMPOSE["services"])
    hosts |= set(re.findall(r"flink://([\w-]+):", said))
    assert hosts <= set(COMPOSE["services"])
    said = json.dumps(KUBERNETES)
    named = set(re.findall(r"flink://([\w-]+):", said)) | set(re.findall(r"master=([\w-]+):", said))
    assert named | {settings["rest.address"]} <= served


def test_every_manifest_stands_in_the_readme() -> None:
    said = (INFRA / "README.md").read_text()
    for path in [*(INFRA / "kubernetes").iterdir(), INFRA / "compose.yml", INFRA / "Containerfile"]:
        assert path.name in said, path.name


def test_the_image_installs_what_runs_and_nothing_of_the_tests(tmp_path: Path) -> None:
    def pinned(path: Path) -> set[str]:
        return set(re.findall(r"^([\w.-]+==[\w.]+)", path.read_text(), re.MULTILINE))

    image, whole = pinned(INFRA / "requirements.lock"), pinned(ROOT / "requirements.lock")
    assert image < whole
    assert not [one for one in image if one.startswith(("pytest", "mypy", "ruff", "hypothesis"))]
