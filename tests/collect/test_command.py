"""`upshot collect` and `upshot token`, with the sources that really push."""

import datetime
import ipaddress
import json
import logging
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from connectors.collect.proof import signature
from connectors.collect.server import Structured
from connectors.file_log import FileLog
from schemas.envelope import Delivery, decode

UPSHOT = [sys.executable, "-c", "from pipelines.cli import main; main()"]
ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "tests" / "recordings"


def upshot(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*UPSHOT, *words],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def made(home: Path, source: str, *more: str) -> str:
    """Return a new token or secret."""
    run = upshot(home, "token", source, *more)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def started(home: Path, *options: str) -> subprocess.Popen[str]:
    """Start the command on a free port."""
    return subprocess.Popen(
        [*UPSHOT, "collect", "--listen", "127.0.0.1:0", "--free-mib", "0", *options],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def collecting(home: Path, *options: str) -> Iterator[str]:
    """Run the command; yield its URL, and check that it ends in order."""
    with started(home, *options) as process:
        try:
            assert process.stdout
            first = process.stdout.readline()
            assert first.startswith("listening http"), process.communicate()[1]
            yield first.split()[1]
            process.send_signal(signal.SIGTERM)
            assert process.communicate(timeout=60)[1] == ""
            assert process.returncode == 0
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert upshot(tmp_path, "init").returncode == 0
    return tmp_path


def deliveries(home: Path) -> list[Delivery]:
    log = FileLog(home / ".upshot" / "log")
    [spool] = log.partitions()
    return [decode(entry.line or b"") for entry in log.read(spool, *log.offsets(spool))]


def test_every_source_that_pushes_is_heard_on_one_port(home: Path) -> None:
    secret = made(home, "github")
    tokens = {name: made(home, name) for name in ("otlp", "cdevents")}
    editor = made(home, "wakatime", "--account", "mossbank-ben")
    assert len({secret, editor, *tokens.values()}) == 4
    ping = b'{"zen": "Design for failure.", "hook_id": 1}'
    event = (
        b'{"specversion": "1.0", "id": "1", "source": "/ci", "type": "a.b", "data": {},'
        b'"datacontenttype": "application/json"}'
    )
    beat = b'[{"time": 1767603600.5, "entity": "/home/mossbank/a.py", "type": "file"}]'
    with collecting(home) as url:
        plain = {"content-type": "application/json"}

        def push(path: str, body: bytes, **headers: str) -> int:
            return httpx.post(url + path, content=body, headers=plain | headers).status_code

        bearer = {name: f"Bearer {token}" for name, token in tokens.items()}
        assert push("/v1/logs", b"{}", authorization=bearer["otlp"]) == 200
        assert push("/v1/logs", b"{}", authorization=f"Bearer {editor}") == 403
        assert push("/api/v1/heartbeats.bulk", beat, authorization=f"Bearer {editor}") in (201, 202)
        proof = {"x-github-event": "ping", "x-hub-signature-256": signed(secret, ping)}
        assert push("/github", ping, **proof) == 202
        assert push("/github", ping + b" ", **proof) == 401
        structured = {"content-type": "application/cloudevents+json"}
        answer = push("/cdevents", event, authorization=bearer["cdevents"], **structured)
        assert answer in (200, 202, 400)
    said = deliveries(home)
    assert {"wakatime", "github", "upshot"} <= {delivery.source for delivery in said}
    assert b"mossbank" not in b"".join(bytes(delivery.body) for delivery in said)
    covered = [bytes(delivery.body) for delivery in said if delivery.source == "upshot"]
    assert any(b'"claude_code"' in word for word in covered)


def signed(secret: str, body: bytes) -> str:
    return signature(secret.encode(), body).decode()


def test_a_token_is_printed_once_and_kept_nowhere(home: Path) -> None:
    made_twice = [made(home, "otlp") for _ in range(2)]
    assert len(set(made_twice)) == 2
    assert min(map(len, made_twice)) == 43
    for file in home.rglob("*"):
        assert not file.is_file() or made_twice[0] not in file.read_text(errors="replace")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("token", "roster"), 2, "no source called roster pushes. use one of: cdevents,"),
        (("token", "nobody"), 2, "no source called nobody pushes"),
        (("collect", "--listen", "127.0.0.1"), 2, "does not name a host and a port"),
        (("collect", "--listen", "0.0.0.0:0"), 2, "would show tokens to the network"),
        (("collect", "--tls-cert", "x.pem"), 2, "--tls-cert and --tls-key go together"),
        (("collect", "--tls-cert", "x", "--tls-key", "y"), 2, "certificate or its key cannot be"),
        (("collect", "--listen", "127.0.0.1:0"), 1, "there is no secrets file at"),
        (("collect", "--listen", "127.0.0.1:0", "--key", "no"), 1, "there is no tenant key"),
        (("collect", "--log", "nothing"), 2, "--log does not name a log"),
    ],
)
def test_what_cannot_begin_says_why_in_one_line(
    home: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    if "--tls-key" in words:
        made(home, "otlp")
    run = upshot(home, *words)
    assert (run.returncode, run.stderr.count("\n")) == (code, 1), run.stderr
    assert said in run.stderr


def test_a_port_that_is_taken_is_named(home: Path) -> None:
    made(home, "otlp")
    with collecting(home) as url:
        run = upshot(home, "collect", "--listen", url.removeprefix("http://"))
    assert run.returncode == 1
    assert "cannot listen on 127.0.0.1" in run.stderr


def test_with_a_certificate_it_speaks_tls_alone(home: Path) -> None:
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "collector")])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    host = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    cert = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, day, day.replace(year=2099))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (home / "cert.pem").write_bytes(cert.public_bytes(pem))
    (home / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    made(home, "otlp")
    with collecting(home, "--tls-cert", "cert.pem", "--tls-key", "key.pem") as url:
        assert url.startswith("https://")
        trusting = ssl.create_default_context(cafile=str(home / "cert.pem"))
        assert httpx.get(url + "/health", verify=trusting).json() == {"alive": True}
        with pytest.raises(httpx.TransportError):
            httpx.get(url.replace("https", "http") + "/health")


def test_for_machines_every_line_is_json(home: Path) -> None:
    made(home, "otlp")
    with started(home, "--json") as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["listening"].startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGHUP)
        said = json.loads(process.stderr.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert (said["level"], said["message"]) == ("INFO", "took up the secrets anew")
    assert datetime.datetime.fromisoformat(said["time"]).utcoffset() == datetime.timedelta()


def test_an_exception_leaves_its_place_in_json_and_never_its_text() -> None:
    try:
        raise KeyError("larkspur@example.com")
    except KeyError:
        record = logging.LogRecord(
            "upshot.collect", logging.ERROR, "", 0, "it %s", ("failed",), sys.exc_info()
        )
    said = json.loads(Structured().format(record))
    assert said["message"] == "it failed"
    assert said["exception"].startswith("KeyError in test_command.py:")
    assert "larkspur" not in json.dumps(said)
