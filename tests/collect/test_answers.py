"""What a client is told: the statuses, each with what to do, and what each leaves in the log."""

import base64
import gzip
import json
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.collect.conftest import NEW, OLD, STRANGER, TOKEN, Running, Start

BEAT = b'{"number": 1, "text": "one"}'


def told(status: int, running: Running, answer: object) -> None:
    """Check a refusal: its status, a next step, and that the log is as it was."""
    assert getattr(answer, "status_code", None) == status
    said = answer.json()  # type: ignore[attr-defined]
    assert set(said) == {"error", "next_step"}
    assert said["error"]
    assert said["next_step"]
    assert running.kept() == []


def test_what_is_pushed_is_kept_stripped_and_answered_as_its_client_expects(
    running: Running,
) -> None:
    answer = running.post("/tiny", b'[{"number": 1, "text": "one", "mail": "m"}, {"number": 2}]')

    assert (answer.status_code, answer.json()["kept"]) == (201, 2)
    assert [(d.source, d.kind) for d in running.kept()] == [("tiny", "beat")] * 2
    bodies = [msgspec.json.decode(d.body) for d in running.kept()]
    assert [set(body) for body in bodies] == [{"number", "text", "account"}, {"number", "account"}]
    assert bodies[0]["account"] == bodies[1]["account"] != "larkspur"


def test_a_source_never_sees_what_proved_the_sender(running: Running) -> None:
    answer = running.post("/tiny", BEAT, cookie="a=b", x_hub_signature="sha1=0", x_machine="m")

    assert "x-machine" in answer.json()["headers"]
    assert {"authorization", "cookie", "x-hub-signature"} & set(answer.json()["headers"]) == set()


@pytest.mark.parametrize("path", ["/", "/tiny/", "/nobody", "/v2/logs", "/%74iny/x"])
def test_an_unknown_source_is_404(running: Running, path: str) -> None:
    told(404, running, running.post(path, BEAT))


def test_another_method_is_405_and_says_which_is_understood(running: Running) -> None:
    answer = running.get("/tiny")
    told(405, running, answer)
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", "Basic !", "Digest x", TOKEN, "Basic w6k="],
)
def test_no_live_token_is_401(running: Running, authorization: str) -> None:
    answer = running.post("/tiny", BEAT, authorization=authorization)
    told(401, running, answer)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_another_sources_token_is_403(running: Running) -> None:
    told(403, running, running.post("/tiny", BEAT, authorization=f"Bearer {STRANGER}"))


@pytest.mark.parametrize("form", ["{}", "name:{}", "{}:"], ids=["alone", "password", "name"])
def test_a_basic_token_is_taken_with_and_without_a_colon(running: Running, form: str) -> None:
    word = base64.b64encode(form.format(TOKEN).encode()).decode()
    assert running.post("/tiny", BEAT, authorization=f"Basic {word}").status_code == 201


def test_two_secrets_are_live_and_no_other(running: Running) -> None:
    assert running.signed(BEAT, NEW).status_code == 201
    assert running.signed(BEAT, OLD).status_code == 201
    assert len(running.kept()) == 2
    assert running.signed(BEAT, "a third secret of some length").status_code == 401
    assert len(running.kept()) == 2


def test_githubs_own_example_of_a_signature_is_accepted_and_a_flipped_byte_is_not(
    running: Running,
) -> None:
    proof = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {"x_hub_signature_256": proof, "authorization": ""}
    # Signed, so it is read; and then it is no JSON.
    told(400, running, running.post("/signed", b"Hello, World!", **headers))
    told(401, running, running.post("/signed", b"Hello, World?", **headers))
    told(401, running, running.post("/signed", b"Hello, World!", authorization=""))
    headers["x_hub_signature_256"] = proof.upper()
    told(401, running, running.post("/signed", b"Hello, World!", **headers))


def test_a_signature_is_over_the_bytes_as_sent_packed_or_not(running: Running) -> None:
    packed = gzip.compress(BEAT, mtime=0)
    assert running.signed(packed, NEW, content_encoding="gzip").status_code == 201
    [delivery] = running.kept()
    assert msgspec.json.decode(delivery.body)["text"] == "one"


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_body_beyond_its_limit_is_413_whatever_it_declares(
    running: Running, chunked: bool
) -> None:
    most = b'{"text": "%s"}' % (b"x" * (2**20 - 12))
    assert len(most) == 2**20
    if chunked:
        answer = httpx.post(
            running.url + "/tiny",
            content=iter([most, b" "]),
            headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
        )
    else:
        answer = running.post("/tiny", most + b" ")
    told(413, running, answer)
    assert running.post("/tiny", most).status_code == 201


def test_a_source_may_take_larger_bodies(running: Running) -> None:
    assert running.signed(b'{"text": "%s"}' % (b"x" * (24 * 2**20)), NEW).status_code == 201
    assert len(running.kept()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("content_type", "text/plain"),
        ("content_type", ""),
        ("content_type", "application/jsonx"),
        ("content_encoding", "br"),
        ("content_encoding", "gzip, gzip"),
    ],
)
def test_an_unknown_type_or_packing_is_415(running: Running, name: str, value: str) -> None:
    told(415, running, running.post("/tiny", BEAT, **{name: value}))


def test_parameters_of_a_type_do_not_matter(running: Running) -> None:
    answer = running.post("/tiny", BEAT, content_type="Application/JSON; charset=utf-8")
    assert answer.status_code == 201


def test_broken_json_is_400_with_its_position_and_without_a_word_of_it(running: Running) -> None:
    answer = running.post("/tiny", b'{"number": larkspur}')
    told(400, running, answer)
    assert "byte 11" in answer.json()["error"]
    assert "larkspur" not in answer.text


def test_a_request_is_kept_whole_or_not_at_all(running: Running) -> None:
    told(400, running, running.post("/tiny", b'[{"number": 1}, {"number": 2}, [3'))


def test_a_packed_body_is_unpacked_whole(running: Running) -> None:
    two = gzip.compress(b'[{"number": 1},') + gzip.compress(b'{"number": 2}]')
    assert running.post("/tiny", two, content_encoding="gzip").json()["kept"] == 2


@pytest.mark.parametrize(
    "broken",
    [b"no gzip", gzip.compress(BEAT, mtime=0)[:-3], gzip.compress(BEAT, mtime=0) + b"!"],
    ids=["no gzip", "cut short", "and more"],
)
def test_a_broken_packing_is_400_with_its_position(running: Running, broken: bytes) -> None:
    answer = running.post("/tiny", broken, content_encoding="gzip")
    told(400, running, answer)
    assert "byte" in answer.json()["error"]


def test_a_bomb_is_413_and_is_never_unpacked(start: Start) -> None:
    running = start(unpacked_bytes=2**20)
    bomb = gzip.compress(b"0" * (200 * 2**20), 9, mtime=0)
    assert len(bomb) < 2**20
    answer = running.post("/tiny", bomb, content_encoding="gzip")
    told(413, running, answer)
    status = (Path("/proc") / str(running.process.pid) / "status").read_text()
    peak_kb = int(status.partition("VmHWM:")[2].split()[0])
    assert peak_kb < 150_000, "the bomb went off"


def test_a_field_of_the_wrong_type_costs_that_field_alone_and_is_counted(
    running: Running,
) -> None:
    assert running.post("/tiny", b'{"number": "one", "text": "two"}').status_code == 201
    [delivery] = running.kept()
    body = msgspec.json.decode(delivery.body)
    assert (body["text"], body["_unfit"], "number" in body) == ("two", ["number"], False)
    assert running.meter('upshot_collect_unfit_fields_total{source="tiny"}') == 1


def test_a_kind_without_a_record_leaves_its_size_alone(running: Running) -> None:
    assert running.post("/tiny", b'{"kind": "secret", "text": "larkspur"}').status_code == 201
    [delivery] = running.kept()
    assert set(msgspec.json.decode(delivery.body)) == {"digest", "size"}


def test_nothing_said_is_answered_and_keeps_nothing(running: Running) -> None:
    assert running.post("/tiny", b"[]").json()["kept"] == 0
    assert running.kept() == []


def test_a_defect_is_500_and_the_next_request_is_served(running: Running) -> None:
    told(500, running, running.post("/tiny", b'{"defect": 1}'))
    assert running.post("/tiny", BEAT).status_code == 201


def test_its_log_holds_ids_sizes_and_places_and_nothing_that_was_sent(start: Start) -> None:
    running = start()
    running.post("/tiny", b'{"defect": 1}')
    running.post("/tiny", b'{"text": "larkspur"')
    running.signed(b'{"text": "larkspur"', NEW)
    code, log = running.stop()
    assert code == 0
    assert "KeyError in served.py:" in log
    assert "refused tiny-" in log
    assert "/tiny, 19 bytes, unreadable" in log
    assert "refused signed: /signed" in log
    for word in ("larkspur", TOKEN, NEW):
        assert word not in log


def test_it_says_that_it_lives_and_is_ready(running: Running) -> None:
    assert running.get("/health").json() == {"alive": True}
    assert running.get("/ready").json() == {"ready": True, "behind": 0}


def test_while_it_is_ready_it_says_how_far_the_log_is_behind(start: Start) -> None:
    assert start("--behind", "10").get("/ready").json() == {"ready": True, "behind": 10}


def test_it_is_not_ready_when_the_log_is_far_behind(start: Start) -> None:
    running = start("--behind", "11")
    unready = running.get("/ready")
    told(503, running, unready)
    assert unready.json()["error"] == "11 deliveries wait to be forwarded, more than 10"
    assert running.get("/health").status_code == 200


def test_meters_tell_what_came_by_route_source_kind_and_outcome(start: Start) -> None:
    running = start()
    body = json.dumps([{"number": 1}, {"kind": "some other"}, {"number": "x"}])
    assert running.post("/tiny", body).status_code == 201
    running.post("/nobody", BEAT)
    running.post("/tiny", BEAT, authorization="")
    expected = {
        'requests_total{route="/tiny",status="201"}': 1,
        'requests_total{route="/tiny",status="401"}': 1,
        'requests_total{route="other",status="404"}': 1,
        'body_bytes_total{route="/tiny"}': len(body),
        'items_total{kind="beat",outcome="kept",source="tiny"}': 2,
        'items_total{kind="other",outcome="counted",source="tiny"}': 1,
        'refused_total{reason="route"}': 1,
        'refused_total{reason="token"}': 1,
        "fsync_requests_count": 1,
        "fsync_seconds_count": 1,
        'spool_position{edge="first"}': 0,
        'spool_position{edge="end"}': 3,
    }
    assert {line: running.meter(f"upshot_collect_{line}") for line in expected} == expected
