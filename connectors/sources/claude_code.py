"""Claude Code: what the agent tells of its sessions, over OpenTelemetry.

PATH holds recorded OTLP bodies (see ``otlp``). Log events tell of prompts, inferences, tools and
decisions; metrics tell sums. Neither has an id of its own that lasts (the sequence starts again
when a session is resumed), so a record without one is known by its content.

An account is the e-mail, else the account's id, at provider ``anthropic``; without a login it is
the installation, at provider ``claude_code_install``. A refusal without a terminal leaves no log
event, only a span (when tracing is on), and the span that names its tool is its parent; a refusal
whose parent came in another request is ignored. Names of tools that are not Claude Code's own are
hashed.

Sums: a delta is a quantity of its own. A cumulative sum says "so far": its later report replaces
the earlier one of the same series and start, so adding all rows up is right for both. A point
without a start, or of no sum, is ignored.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from connectors import otlp
from connectors.claude_code_tools import EDITORS, TOOLS, ToolName
from connectors.record import Hidden, Person, record
from connectors.source import Item, Source


@record
class Attributes:
    """All that any record may say of itself; every value is a text."""

    session_id: Annotated[str, Hidden("session")]
    prompt_id: Annotated[str, Hidden("prompt")]
    request_id: Annotated[str, Hidden("request")]
    tool_use_id: Annotated[str, Hidden("tool_use")]
    user_email: Annotated[str, Person("anthropic")]
    user_account_uuid: Annotated[str, Person("anthropic")]
    user_id: Annotated[str, Person("claude_code_install")]
    terminal_type: str
    prompt_length: str
    model: str
    input_tokens: str
    output_tokens: str
    cache_read_tokens: str
    cache_creation_tokens: str
    cost_usd: str
    duration_ms: str
    status_code: str
    tool_name: Annotated[str, ToolName()]
    success: str
    tool_input_size_bytes: str
    tool_result_size_bytes: str
    decision: str
    source: str
    start_type: str
    type: str


@record
class Resource:
    """What the process says of itself."""

    service_version: str


@record
class Log:
    """One log event."""

    time_us: int
    record: Annotated[str, Hidden("record")]
    resource: Resource
    attributes: Attributes


@record
class Point:
    """One point of one metric."""

    time_us: int
    started_us: int
    series: Annotated[str, Hidden("series")]
    value: str
    temporality: str
    resource: Resource
    attributes: Attributes


@record
class Span:
    """One span, and what the one around it says."""

    time_us: int
    record: Annotated[str, Hidden("record")]
    resource: Resource
    attributes: Attributes
    parent: Attributes


MEASURES = {
    "claude_code.session.count": {"": "sessions"},
    "claude_code.lines_of_code.count": {"added": "lines_added", "removed": "lines_removed"},
    "claude_code.commit.count": {"": "commits"},
    "claude_code.pull_request.count": {"": "pull_requests"},
    "claude_code.cost.usage": {"": "cost_usd"},
    "claude_code.token.usage": {
        "input": "input_tokens",
        "output": "output_tokens",
        "cacheRead": "cache_read_tokens",
        "cacheCreation": "cache_creation_tokens",
    },
    "claude_code.code_edit_tool.decision": {"accept": "edits_accepted", "reject": "edits_rejected"},
    "claude_code.active_time.total": {"user": "active_user_s", "cli": "active_cli_s"},
}
"""Measures by metric and by the attribute that splits it (``type`` or ``decision``), if any."""

BLOCKED = "claude_code.tool.blocked_on_user"

WHO = """delivery, 'claude_code' AS tool, attributes.session_id AS session, 'B' AS evidence,
    coalesce(attributes.user_email, attributes.user_account_uuid, attributes.user_id) AS account,
    attributes.terminal_type AS surface, resource.service_version AS version"""

SAID = f"{WHO}, attributes.prompt_id AS prompt, TRY(make_timestamp(time_us)) AS time"

INFERENCE = f"""{SAID}, coalesce(attributes.request_id, record) AS inference,
    attributes.model AS model, attributes.duration_ms AS duration_ms"""

TOOL_KIND = " ".join(f"WHEN name IN {names} THEN '{kind}'" for kind, names in TOOLS.items())

DECIDED = f"""
    SELECT {SAID}, coalesce(attributes.tool_use_id, record) AS call,
        attributes.tool_name AS tool_name, attributes.decision AS decision,
        CASE WHEN starts_with(attributes.source, 'user') THEN 'user'
            WHEN attributes.source IN ('config', 'hook') THEN 'policy' END AS decider
    FROM tool_decision WHERE attributes.tool_name IN {EDITORS}
    UNION ALL BY NAME
    SELECT {SAID}, parent.tool_use_id AS call, parent.tool_name AS tool_name, 'reject' AS decision
    FROM "{BLOCKED}" WHERE attributes.decision = 'reject' AND parent.tool_name IN {EDITORS}"""

POINTS = " UNION ALL ".join(f"""SELECT *, '{name}' AS metric FROM "{name}\"""" for name in MEASURES)

KNOWN = [(metric, part, name) for metric in MEASURES for part, name in MEASURES[metric].items()]

SUMS = f"""
    WITH point AS ({POINTS}),
        known (metric, part, measure) AS (VALUES {", ".join(map(str, KNOWN))})
    SELECT {WHO}, TRY(make_timestamp(time_us)) AS time, series, measure, value AS quantity,
        attributes.model AS model, TRY(make_timestamp(started_us)) AS started,
        CASE temporality WHEN 'delta' THEN TRY(make_timestamp(time_us)) END AS until,
        CASE temporality WHEN 'cumulative' THEN time_us END AS rev
    FROM point LEFT JOIN known ON point.metric = known.metric
        AND coalesce(attributes.decision, attributes.type, '') = part
    WHERE temporality IS NOT NULL AND started_us IS NOT NULL"""


def read(path: Path) -> Iterator[Item]:
    """Yield the items of recorded bodies. Raises Fatal where there is none."""
    return otlp.read(path, dict.fromkeys(SOURCE.services, SOURCE))


SOURCE = Source(
    name="claude_code",
    topic="ide",
    services=("claude-code",),
    records={
        "user_prompt": Log,
        "api_request": Log,
        "api_error": Log,
        "tool_decision": Log,
        "tool_result": Log,
        BLOCKED: Span,
        **dict.fromkeys(MEASURES, Point),
    },
    read=read,
    events={
        "ai.session.started": f"""
            SELECT {WHO}, TRY(make_timestamp(started_us)) AS time,
                attributes.start_type AS start_type
            FROM "claude_code.session.count"
            WHERE attributes.session_id IS NOT NULL
                AND temporality IS NOT NULL AND started_us IS NOT NULL""",
        "ai.prompt.submitted": f"""
            SELECT {SAID}, record, attributes.prompt_length AS prompt_chars FROM user_prompt""",
        "ai.inference.completed": f"""
            SELECT {INFERENCE}, 'succeeded' AS outcome, attributes.cost_usd AS cost_usd,
                attributes.input_tokens AS input_tokens,
                attributes.output_tokens AS output_tokens,
                attributes.cache_read_tokens AS cache_read_tokens,
                attributes.cache_creation_tokens AS cache_creation_tokens
            FROM api_request
            UNION ALL BY NAME
            SELECT {INFERENCE}, 'failed' AS outcome, attributes.status_code AS status_code
            FROM api_error""",
        "ai.tool.completed": f"""
            WITH done AS (SELECT *, attributes.tool_name AS name FROM tool_result)
            SELECT {SAID}, coalesce(attributes.tool_use_id, record) AS call, name AS tool_name,
                CASE {TOOL_KIND} ELSE split_part(name, ':', 1) END AS tool_kind,
                attributes.success AS success, attributes.duration_ms AS duration_ms,
                attributes.tool_input_size_bytes AS input_bytes,
                attributes.tool_result_size_bytes AS result_bytes
            FROM done""",
        "ai.edit.decided": DECIDED,
        "ai.usage.reported": SUMS,
    },
)
