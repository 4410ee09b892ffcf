"""OTLP as JSON: the same trees as ``otlp_protobuf`` makes, field by field.

What JSON leaves open is settled here: a whole number of 64 bits may be a number or a text, an
enum a number or its name, an id is hex in either case, and null is nothing said. A value that
does not fit its field is left out; a list or an object that is none is an error, because all
below it would be lost unseen.
"""

import math
import re
from typing import Any

import msgspec
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import Message

from connectors.otlp_protobuf import ANY, DEEPEST, PAIR, Tree, says
from schemas.errors import Rejected

NEXT_STEP = "send what an OTLP exporter makes, whole and unpacked"

RANGES = {
    Field.TYPE_INT32: (-(2**31), 2**31 - 1),
    Field.TYPE_UINT32: (0, 2**32 - 1),
    Field.TYPE_FIXED32: (0, 2**32 - 1),
    Field.TYPE_SINT32: (-(2**31), 2**31 - 1),
    Field.TYPE_ENUM: (-(2**31), 2**31 - 1),
    Field.TYPE_INT64: (-(2**63), 2**63 - 1),
    Field.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    Field.TYPE_UINT64: (0, 2**64 - 1),
    Field.TYPE_FIXED64: (0, 2**64 - 1),
}


def tree_of(body: bytes, message: type[Message]) -> Tree:
    """Return what a body says. Raises Rejected, with byte or path, when it is not readable."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        byte = re.search(r"\(byte (\d+)\)", str(problem))
        raise Rejected(
            f"otlp: broken JSON at byte {byte[1] if byte else len(body)} of {len(body)}", NEXT_STEP
        ) from None
    except RecursionError:
        raise Rejected("otlp: the JSON is nested too deeply", NEXT_STEP) from None
    return _tree(said, message.DESCRIPTOR, "body", DEEPEST)


def _tree(said: Any, message: Descriptor, path: str, depth: int) -> Tree:
    if not isinstance(said, dict):
        raise Rejected(f"otlp: {path} is not an object", NEXT_STEP)
    tree = {}
    for field in message.fields:
        value = said.get(field.json_name)
        if value is not None:
            kept = _value(field, value, f"{path}.{field.json_name}", depth)
            if says(field, kept):
                tree[field.name] = kept
    return tree


def _value(field: Field, value: Any, path: str, depth: int) -> Any:
    inner = field.message_type
    if field.is_repeated:
        if not isinstance(value, list):
            raise Rejected(f"otlp: {path} is not a list", NEXT_STEP)
        if inner is None:
            return [kept for part in value if (kept := _scalar(field, part)) is not None]
        if inner.full_name == PAIR:
            return _pairs(value, path, depth)
        return [_tree(part, inner, f"{path}[{at}]", depth) for at, part in enumerate(value)]
    if inner is None:
        return _scalar(field, value)
    if inner.full_name == ANY:
        return _any(value, path, depth)
    return _tree(value, inner, path, depth)


def _scalar(field: Field, value: Any) -> Any:
    if field.type in RANGES:
        if isinstance(value, str) and field.enum_type and value in field.enum_type.values_by_name:
            return field.enum_type.values_by_name[value].number
        return _whole(value, *RANGES[field.type])
    match field.type:
        case Field.TYPE_DOUBLE | Field.TYPE_FLOAT:
            return _number(value)
        case Field.TYPE_BOOL:
            return value if isinstance(value, bool) else None
        case Field.TYPE_BYTES:
            return _hex(value)
    return value if isinstance(value, str) else None


def _pairs(pairs: list[Any], path: str, depth: int) -> Tree:
    said = {}
    for at, pair in enumerate(pairs):
        if not isinstance(pair, dict):
            raise Rejected(f"otlp: {path}[{at}] is not an object", NEXT_STEP)
        key = pair.get("key", "")
        if isinstance(key, str):
            said[key] = _any(pair.get("value"), f"{path}[{at}].value", depth)
    return {key: value for key, value in said.items() if value is not None}


def _any(value: Any, path: str, depth: int) -> Any:
    if depth <= 0:
        raise Rejected(f"otlp: {path} is nested too deeply", NEXT_STEP)
    match value:
        case {"stringValue": str(text)}:
            return text
        case {"boolValue": bool(truth)}:
            return truth
        case {"intValue": number}:
            return _whole(number, -(2**63), 2**63 - 1)
        case {"doubleValue": number}:
            return _number(number)
        case {"arrayValue": {"values": list(parts)}}:
            return [_any(part, path, depth - 2) for part in parts]
        case {"kvlistValue": {"values": list(pairs)}}:
            return _pairs(pairs, path, depth - 2)
        case {"arrayValue": dict()}:
            return []
        case {"kvlistValue": dict()}:
            return {}
        case {"bytesValue": str(text)}:
            return _base64(text)
    return None


def _whole(value: Any, least: int, most: int) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    return value if fits else None


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    try:
        return (
            float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        )
    except OverflowError:
        return math.copysign(math.inf, value)


def _hex(value: Any) -> str | None:
    fits = isinstance(value, str) and re.fullmatch(r"(?:[0-9a-fA-F]{2})*", value)
    return value.lower() if fits else None


def _base64(text: str) -> str | None:
    try:
        return msgspec.convert(text, bytes).hex()
    except msgspec.ValidationError:
        return None
