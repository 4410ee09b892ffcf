"""OTLP as protobuf: bytes become a plain tree, named as the ``.proto`` files name it.

A tree holds what a message says and nothing that is merely a default: dicts and lists, ``int``,
``float``, ``str``, ids as hex. Attributes are one dict by key (of a key said twice the last
counts; a key without a value is left out). ``otlp_json`` makes the same trees from JSON.
"""

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from schemas.errors import Rejected

ANY, PAIR = AnyValue.DESCRIPTOR.full_name, KeyValue.DESCRIPTOR.full_name

DEEPEST = 100
"""How many messages may lie inside each other; protobuf's own limit, kept for JSON too."""

Tree = dict[str, Any]


def tree_of(body: bytes, message: type[Message]) -> Tree:
    """Return what a body says. Raises Rejected, with the first bad byte, when it is broken."""
    try:
        return _tree(message.FromString(body))
    except DecodeError:
        at = _first_fault(body, 0, len(body), message.DESCRIPTOR, DEEPEST)
        where = "somewhere" if at is None else f"at byte {at}"
        raise Rejected(
            f"otlp: broken protobuf {where} of {len(body)}",
            "send what an OTLP exporter makes, whole and unpacked",
        ) from None


def says(field: FieldDescriptor, value: Any) -> bool:
    """Tell whether a value says anything beyond the default of its field."""
    return value is not None and (field.has_presence or bool(value) or repr(value) == "-0.0")


def _tree(message: Message) -> Tree:
    said = ((field, _value(field, value)) for field, value in message.ListFields())
    return {field.name: value for field, value in said if says(field, value)}


def _value(field: FieldDescriptor, value: Any) -> Any:
    inner = field.message_type
    if inner is None:
        return value.hex() if isinstance(value, bytes) else _scalar(field, value)
    if inner.full_name == PAIR:
        return _pairs(value)
    if inner.full_name == ANY:
        return _any(value)
    return [_tree(part) for part in value] if field.is_repeated else _tree(value)


def _scalar(field: FieldDescriptor, value: Any) -> Any:
    return list(value) if field.is_repeated else value


def _pairs(pairs: Any) -> Tree:
    said = {pair.key: _any(pair.value) for pair in pairs}
    return {key: value for key, value in said.items() if value is not None}


def _any(value: Any) -> Any:
    match value.WhichOneof("value"):
        case "array_value":
            return [_any(part) for part in value.array_value.values]
        case "kvlist_value":
            return _pairs(value.kvlist_value.values)
        case "bytes_value":
            return value.bytes_value.hex()
        case "string_value_strindex" | None:
            return None
        case kind:
            return getattr(value, kind)


def _first_fault(body: bytes, at: int, end: int, message: Descriptor, depth: int) -> int | None:
    """Return where the first field begins that does not parse; protobuf itself does not tell."""
    while at < end:
        start = at
        tag, at = _varint(body, at, end)
        field = message.fields_by_number.get(tag >> 3)
        match tag & 7:
            case 0:
                _, at = _varint(body, at, end)
            case 1:
                at += 8
            case 2:
                size, at = _varint(body, at, end)
                if at + size <= end and field is not None:
                    inner = _fault_inside(body[at : at + size], field, depth)
                    if inner is not None:
                        return at + inner
                at += size
            case 5:
                at += 4
            case _:
                return start
        if at > end or tag >> 3 == 0:
            return start
    return None


def _fault_inside(value: bytes, field: FieldDescriptor, depth: int) -> int | None:
    if field.message_type is not None:
        if depth == 0:
            return 0
        return _first_fault(value, 0, len(value), field.message_type, depth - 1)
    if field.type == FieldDescriptor.TYPE_STRING:
        try:
            value.decode()
        except UnicodeDecodeError as problem:
            return problem.start
    return None


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    """Return a number and where it ended; behind the end where it is cut off or too long."""
    number = 0
    for place, byte in enumerate(body[at : min(end, at + 10)]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number, at + place + 1
    return 0, end + 1
