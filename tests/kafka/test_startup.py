"""What is said when there is no way to the log: the real cause, and what to do."""

import gc
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ConfigResource,
    ConfigResourceType,
    NewTopic,
    ResourcePattern,
    ResourceType,
)
from kafka.errors import KafkaConnectionError

from connectors import kafka_client
from connectors.kafka_access import Access
from connectors.kafka_client import cause
from connectors.kafka_log import KafkaLog
from connectors.log import open_log
from connectors.topics import NAMES, create, find
from schemas.errors import Fatal, Usage
from tests.kafka.authority import Authority
from tests.kafka.broker import Kafka, opened, require_broker
from tests.kafka.retention import delete_topic
from tests.kafka.secured import Secured
from tests.kafka.spooled import entries, many

PASSWORD = "correct horse battery"  # noqa: S105 - of a broker that lives for a test


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Start a broker with every way in, and a user for each case."""
    require_broker()
    folder = tmp_path_factory.mktemp("secured")
    broker = Secured(folder / "node", Authority(folder / "ours"))
    broker.node.start()
    for user in ("root", "nobody"):
        broker.enrol(user, PASSWORD)
    create(Access.read(f"kafka://{broker.node.address}", {}))
    yield broker
    broker.node.kill()


@pytest.fixture
def way(secured: Secured, tmp_path: Path) -> dict[str, str]:
    """Return what the environment says for a login that works over TLS."""
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    return {
        "UPSHOT_KAFKA_USER": "root",
        "UPSHOT_KAFKA_PASSWORD_FILE": str(password),
        "UPSHOT_KAFKA_CA": str(secured.authority.ca),
    }


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kafka_client, "BOOTSTRAP_MS", 1_500)
    yield
    with warnings.catch_warnings():
        # kafka-python leaves the sockets of failed attempts to the collector.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def log_at(port: int, environ: dict[str, str], folder: Path) -> KafkaLog:
    return KafkaLog(Access.read(f"kafka://127.0.0.1:{port}", environ), folder / "spool")


def refused(port: int, environ: dict[str, str], folder: Path) -> str:
    """Return what is said when a log cannot be reached; never a word of the password."""
    log = log_at(port, environ, folder)
    with pytest.raises(Fatal) as problem:
        log.partitions()
    log.close()
    assert PASSWORD not in str(problem.value)
    return str(problem.value)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("listener", ["sasl_plaintext", "sasl_ssl"])
def test_scram_and_tls_read_and_write(
    secured: Secured, way: dict[str, str], tmp_path: Path, mechanism: str, listener: str
) -> None:
    environ = way | {"UPSHOT_KAFKA_MECHANISM": mechanism}
    if listener == "sasl_plaintext":
        del environ["UPSHOT_KAFKA_CA"]
    log = log_at(secured.ports[listener], environ, tmp_path)
    with log.writer() as appender:
        for one in many(20):
            appender.append(one)
    found = [entry for entry in entries(log) if entry.origin == appender.partition]
    log.close()
    assert len(found) == 20


def test_a_client_certificate_is_enough(
    secured: Secured, way: dict[str, str], tmp_path: Path
) -> None:
    cert, key = secured.authority.issue("collector")
    environ = {
        "UPSHOT_KAFKA_CA": way["UPSHOT_KAFKA_CA"],
        "UPSHOT_KAFKA_CERT": str(cert),
        "UPSHOT_KAFKA_KEY": str(key),
    }
    log = log_at(secured.ports["mtls"], environ, tmp_path)
    with pytest.raises(Fatal, match="forbidden to this user"):
        log.partitions()
    log.close()


def test_a_wrong_password_is_named(secured: Secured, way: dict[str, str], tmp_path: Path) -> None:
    Path(way["UPSHOT_KAFKA_PASSWORD_FILE"]).write_text("wrong")
    said = refused(secured.ports["sasl_ssl"], way, tmp_path)
    assert "refused the user or the password" in said


def test_an_unknown_authority_is_named(
    secured: Secured, way: dict[str, str], tmp_path: Path
) -> None:
    way["UPSHOT_KAFKA_CA"] = str(Authority(tmp_path / "theirs").ca)
    said = refused(secured.ports["sasl_ssl"], way, tmp_path)
    assert "an authority that is not trusted here" in said


def test_a_missing_client_certificate_is_named(
    secured: Secured, way: dict[str, str], tmp_path: Path
) -> None:
    only_ca = {"UPSHOT_KAFKA_CA": way["UPSHOT_KAFKA_CA"]}
    assert "does not accept our certificate" in refused(secured.ports["mtls"], only_ca, tmp_path)


def test_tls_where_there_is_none_and_none_where_there_is(
    secured: Secured, way: dict[str, str], tmp_path: Path
) -> None:
    only_ca = {"UPSHOT_KAFKA_CA": way["UPSHOT_KAFKA_CA"]}
    assert "does not speak TLS" in refused(secured.node.port, only_ca, tmp_path)
    assert "perhaps it wants TLS" in refused(secured.ports["mtls"], {}, tmp_path)


def test_a_login_that_is_missing_is_named(secured: Secured, tmp_path: Path) -> None:
    assert "perhaps it wants a login" in refused(secured.ports["sasl_plaintext"], {}, tmp_path)


def test_a_user_without_rights_is_told_so(
    secured: Secured, way: dict[str, str], tmp_path: Path
) -> None:
    way["UPSHOT_KAFKA_USER"] = "nobody"
    said = refused(secured.ports["sasl_ssl"], way, tmp_path)
    assert "topic upshot.ide.v1 is forbidden to this user" in said


def test_a_user_who_may_describe_but_not_read_is_told_so(
    secured: Secured, way: dict[str, str], tmp_path: Path
) -> None:
    admin = KafkaAdminClient(bootstrap_servers=secured.node.address)
    admin.create_acls(
        [
            ACL(
                "User:nobody",
                "*",
                ACLOperation.DESCRIBE,
                ACLPermissionType.ALLOW,
                ResourcePattern(ResourceType.TOPIC, name),
            )
            for name in NAMES
        ]
    )
    log = log_at(secured.node.port, {}, tmp_path)
    with log.writer() as appender:
        appender.append(many(1)[0])
    [partition, *_] = [name for name in log.partitions() if log.offsets(name)[1]]
    log.close()
    way["UPSHOT_KAFKA_USER"] = "nobody"
    theirs = log_at(secured.ports["sasl_ssl"], way, tmp_path)
    with pytest.raises(Fatal, match=f"{partition} is forbidden to this user"):
        list(theirs.read(partition, *theirs.offsets(partition)))
    theirs.close()
    admin.close()


def test_no_broker_is_named(tmp_path: Path) -> None:
    assert "is not there: nobody listens" in refused(1, {}, tmp_path)


def test_a_missing_topic_is_named(kafka: Kafka, tmp_path: Path) -> None:
    name = kafka.name()
    delete_topic(name, "upshot.report.v1")
    log = opened(name, tmp_path)
    with pytest.raises(Fatal, match=r"upshot.report.v1 is not there.*run `upshot topics"):
        log.partitions()
    log.close()


def test_a_connection_that_is_lost_meanwhile_is_not_taken_for_a_missing_topic() -> None:
    class Lost:
        def describe_topics(self, names: list[str]) -> None:
            raise KafkaConnectionError

    with pytest.raises(Fatal, match=r"looked at: KafkaConnectionError.*then start it again"):
        find(Lost(), Access.read("kafka://a:1", {}))


def test_too_few_partitions_are_named(kafka: Kafka, tmp_path: Path) -> None:
    name = kafka.name()
    access = Access.read(name, {})
    delete_topic(name, "upshot.ide.v1")
    admin = KafkaAdminClient(bootstrap_servers=list(access.servers))
    admin.create_topics([NewTopic(access.topic("upshot.ide.v1"), 4, 1)], wait_for_metadata=True)
    admin.close()
    log = opened(name, tmp_path)
    with pytest.raises(Fatal, match="has 4 partitions, and 12 are needed"):
        log.partitions()
    log.close()
    with pytest.raises(Fatal, match="has 4 partitions, and 12 are needed"):
        create(access)


def test_topics_are_made_once_and_their_size_is_checked(kafka: Kafka) -> None:
    name = kafka.name()
    access = Access.read(name, {})
    assert create(access) == []
    delete_topic(name, "upshot.report.v1")
    assert create(access) == [access.topic("upshot.report.v1")]
    admin = KafkaAdminClient(bootstrap_servers=list(access.servers))
    small = {"max.message.bytes": "1000"}
    topic = access.topic("upshot.ide.v1")
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, small)])
    admin.close()
    with pytest.raises(Fatal, match=r"has max\.message\.bytes of 1000, and 8388608 is needed"):
        create(access)


def test_an_offset_that_goes_while_it_is_read_is_named(kafka: Kafka, tmp_path: Path) -> None:
    name = kafka.name()
    access = Access.read(name, {})
    log = opened(name, tmp_path / "spool")
    for _ in range(3):
        with log.writer() as appender:
            appender.append(many(1)[0])
    [partition] = [name for name in log.partitions() if log.offsets(name)[1]]
    reading = log.read(partition, 0, log.offsets(partition)[1])
    topic, _, number = partition.rpartition("/")
    admin = KafkaAdminClient(bootstrap_servers=list(access.servers))
    admin.delete_records({TopicPartition(access.topic(topic), int(number)): 2})
    admin.close()
    with pytest.raises(Fatal, match=f"positions 0 to 1 of log partition {partition} are gone"):
        list(reading)
    log.close()


def test_without_crc32c_nothing_starts(
    kafka: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "crc32c", None)
    with pytest.raises(Fatal, match="the package crc32c is missing"):
        open_log(kafka.name()).partitions()


def test_causes_that_only_race_shows() -> None:
    assert cause(["SaslAuthenticationFailedError"], login=True)[0].startswith("refused the user")
    assert "way of logging in" in cause(["UnsupportedSaslMechanismError"], login=True)[0]
    assert cause(["x broker_version=(4, 3) (disconnected)"], login=True)[0].startswith("refused")
    assert cause([], login=False)[0] == "does not answer"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"USER": "a"}, "go together"),
        ({"CERT": "a"}, "go together"),
        ({"MECHANISM": "PLAIN"}, "is not supported"),
    ],
)
def test_half_a_login_is_a_usage_error(environ: dict[str, str], said: str) -> None:
    with pytest.raises(Usage, match=said):
        Access.read(
            "kafka://a:1", {f"UPSHOT_KAFKA_{name}": value for name, value in environ.items()}
        )


def test_without_java_or_maven_the_broker_says_what_to_install(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "broker"]
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [*command, "--home", "b"],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "needs java, which is not installed" in done.stderr


def test_a_broker_does_not_outlive_whoever_started_it(tmp_path: Path) -> None:
    require_broker()
    starter = (
        "import os, signal, sys; from pathlib import Path;"
        "from connectors.broker.node import Node, free_ports;"
        "node = Node(Path(sys.argv[1]), free_ports(1)[0]); node.start();"
        "print(node._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", starter, str(tmp_path / "node")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    command = Path("/proc") / done.stdout.strip() / "cmdline"
    deadline = time.monotonic() + 20
    while command.exists() and b"kafka.Kafka" in command.read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.1)
