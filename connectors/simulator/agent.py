"""Agent: the coding agent's own clock, and what it tells of itself."""

from random import Random
from typing import Any
from uuid import UUID

from connectors.simulator.desk import Desk
from connectors.simulator.regime import HOUR, SECOND
from connectors.simulator.signals import AgentSaid
from connectors.simulator.work import Work

MODEL = "claude-sonnet-4-5"
DAY = 24 * HOUR


def new_id(random: Random) -> str:
    """Return a random UUID."""
    return str(UUID(int=random.getrandbits(128), version=4))


class Agent:
    """One run, from a prompt to its end."""

    def __init__(self, desk: Desk, work: Work) -> None:
        self._desk = desk
        self._work = work
        self._random = desk.random
        self._said = desk.signals.agent.setdefault(desk.engineer.login, [])
        self.now = desk.now
        self._prompt = ""
        self._call = ""

    @classmethod
    def of(cls, desk: Desk, work: Work) -> "Agent":
        """Begin a run, in the change's session of that day."""
        if not work.session or work.session_day != desk.now // DAY:
            work.session, work.session_day = new_id(desk.random), desk.now // DAY
        return cls(desk, work)

    def prompted(self, at_ms: int, chars: int) -> None:
        """Be asked for something."""
        self.now = at_ms
        self._prompt = new_id(self._random)
        self._say("user_prompt", prompt_length=str(chars))

    def look_around(self) -> None:
        """Read files, which nobody is asked for."""
        for tool in self._random.choices(("Read", "Grep", "Glob"), k=self._random.randrange(3)):
            self._infer()
            self._use(tool)
            self._say("tool_decision", **self._about(), decision="accept", source="config")
            self._result(20 + self._random.randrange(300))

    def propose(self) -> None:
        """Come to an edit; where a human decides, this is when they see it."""
        self._infer()
        self._use(self._random.choice(("Edit", "Edit", "Write")))

    def decided(self, at_ms: int, *, accepted: bool) -> None:
        """Hear what the human says to an edit; a refusal ends the run."""
        self.now = max(self.now, at_ms)
        self._say(
            "tool_decision",
            **self._about(),
            decision="accept" if accepted else "reject",
            source="user_temporary" if accepted else "user_reject",
        )
        self._by_rule = False

    def wrote(self, file: str, added: int, removed: int) -> None:
        """Write what was let through; without a human's word a rule has let it through."""
        if self._by_rule:
            self._say("tool_decision", **self._about(), decision="accept", source="config")
        self._result(30 + self._random.randrange(200))
        noticed = self.now + self._random.randrange(100, 1_500)
        self._desk.agent_wrote(self._work, file, noticed, added, removed)

    def finish(self) -> None:
        """Say in a last answer what was done."""
        self._infer()

    def _infer(self) -> None:
        took = int(8 * SECOND * self._random.lognormvariate(0, 0.7))
        self.now += took
        tokens = self._random.randrange(150, 2_500)
        self._say(
            "api_request",
            model=MODEL,
            input_tokens=str(self._random.randrange(4, 900)),
            output_tokens=str(tokens),
            cache_read_tokens=str(self._random.randrange(8_000, 60_000)),
            cache_creation_tokens=str(self._random.randrange(200, 4_000)),
            cost_usd=f"{tokens * 15e-6 + 0.011:.6f}",
            duration_ms=str(took),
            request_id=f"req_{self._random.getrandbits(80):020x}",
        )

    def _use(self, tool: str) -> None:
        self._tool = tool
        self._call = f"toolu_{self._random.getrandbits(90):023x}"
        self._by_rule = True

    def _about(self) -> dict[str, Any]:
        return {"tool_name": self._tool, "tool_use_id": self._call}

    def _result(self, took_ms: int) -> None:
        self.now += took_ms
        self._say(
            "tool_result",
            **self._about(),
            success="true",
            duration_ms=str(took_ms),
            tool_result_size_bytes=str(self._random.randrange(40, 9_000)),
        )

    def _say(self, name: str, **attributes: Any) -> None:
        told = {"prompt.id": self._prompt, **attributes}
        self._said.append(AgentSaid(self.now, self._work.session, name, told))
