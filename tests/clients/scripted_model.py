"""A model for coding agents that follows a script, spoken as Anthropic's streaming messages."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tests.clients.serving import Quiet


class ToolUse(NamedTuple):
    """One step of the script: the tool that the agent is told to use, and how."""

    name: str
    input: dict[str, Any]


USAGE = {
    "input_tokens": 1200,
    "cache_read_input_tokens": 4000,
    "cache_creation_input_tokens": 300,
    "output_tokens": 77,
}


def scripted_model(script: Sequence[ToolUse]) -> type[Quiet]:
    """Return the server of a model that asks for one tool after the other, then says `Done.`."""

    class Model(Quiet):
        def do_POST(self) -> None:  # noqa: N802
            asked = json.loads(self.body())
            if self.path.partition("?")[0] != "/v1/messages":
                self.answer(404, "application/json", b"{}")
                return
            step = sum(said["role"] == "assistant" for said in asked["messages"])
            self.answer(200, "text/event-stream", b"".join(_turn(script, step, asked["model"])))

        def do_HEAD(self) -> None:  # noqa: N802
            self.answer(200, "application/json", b"")

    return Model


def _turn(script: Sequence[ToolUse], step: int, model: str) -> Iterator[bytes]:
    message: dict[str, Any] = {
        "id": f"msg_{step:04}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": USAGE | {"output_tokens": 1},
    }
    yield _event("message_start", message=message)
    if step < len(script):
        tool = script[step]
        use = {"type": "tool_use", "id": f"toolu_{step:04}", "name": tool.name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(tool.input)}
        reason = "tool_use"
    else:
        use = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": "Done."}
        reason = "end_turn"
    yield _event("content_block_start", index=0, content_block=use)
    yield _event("content_block_delta", index=0, delta=delta)
    yield _event("content_block_stop", index=0)
    ended = {"stop_reason": reason, "stop_sequence": None}
    yield _event("message_delta", delta=ended, usage=USAGE)
    yield _event("message_stop")


def _event(name: str, **data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()
