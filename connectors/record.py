"""Records: what a source may say. What a record does not declare never gets past the edge.

    @record
    class User:
        login: Annotated[str, Person("github.com")]     # leaves as a keyed pseudonym
        id: Annotated[int, Extract(agent_of)]            # leaves as a finding, or not at all
        type: str                                        # leaves as it is

Fields are optional by nature: the edge keeps what it can and judges nothing, so a mapping bug
can never lose a delivery. Names are JSON's own; nested records and lists of them are fine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Protocol, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from connectors.keys import TenantKey

UNFIT = "_unfit"
"""The body's own list of declared fields whose values did not fit and were left out."""

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


@dataclass(frozen=True)
class Person:
    """An account name at a provider; leaves as its pseudonym, whatever the case it came in."""

    provider: str

    def leave(self, value: Any, key: TenantKey) -> str:
        """Return the account's pseudonym, equal in every source that names this provider."""
        return account(key, self.provider, _text(value))


@dataclass(frozen=True)
class Hidden:
    """A value that must join but not tell: a branch, a path, a project. Hashed per domain."""

    domain: str
    normalise: Callable[[str], str] = str.strip

    def leave(self, value: Any, key: TenantKey) -> str:
        """Return the keyed hash of the normalised value."""
        return key.pseudonym(self.domain, self.normalise(_text(value)))


@dataclass(frozen=True)
class Extract:
    """A text (or number) of which only a named finding leaves; no finding, no field."""

    finding: Callable[[Any], str | list[str] | None]

    def leave(self, value: Any, key: TenantKey) -> str | list[str] | None:
        """Return the finding and forget the value."""
        return self.finding(value)


class Marker(Protocol):
    """Says what may leave of a field; raises ValueError, naming no value, when it does not fit."""

    def leave(self, value: Any, key: TenantKey) -> str | list[str] | None:
        """Return what leaves."""


def account(key: TenantKey, provider: str, name: str) -> str:
    """Return the pseudonym of an account: one per provider and name, case ignored."""
    return key.pseudonym("account", f"{provider}:{name.strip().lower()}")


class Left:
    """What a marked field becomes; msgspec hands us the raw value and keeps what we return."""

    marker: Marker
    declared: type
    """What the raw value must be; a marker never sees anything else."""

    def __init__(self, value: str | list[str] | None) -> None:
        self.value = value


T = TypeVar("T")


def record(declaration: type[T]) -> type[T]:
    """Turn an annotated class into a typed allow-list (a msgspec Struct, every field optional)."""
    fields = []
    for name, hint in get_type_hints(declaration, include_extras=True).items():
        kept = _type(hint, f"{declaration.__name__}_{name}")
        fields.append((name, kept | msgspec.UnsetType | None, msgspec.UNSET))
    return msgspec.defstruct(  # type: ignore[return-value]  # declared, never constructed by hand
        declaration.__name__,
        fields,
        module=declaration.__module__,
        namespace={"__doc__": declaration.__doc__},
    )


@cache
def shape(declaration: Any) -> Any:
    """Return the record's shape as DuckDB's ``from_json`` wants it, with the edge's own list."""
    return {**_shape_of(declaration), UNFIT: ["VARCHAR"]}


def keep(declaration: Any, raw: bytes | dict[str, Any], key: TenantKey) -> bytes:
    """Return the allow-listed JSON of a payload; what does not fit is left out and listed.

    The quick way decodes straight into the record; a payload that does not fit is salvaged field
    by field. Raises msgspec.DecodeError (or UnicodeDecodeError, RecursionError) when the bytes are
    not JSON at all.
    """

    def hook(wanted: type[Left], value: Any) -> Left:
        if not isinstance(value, wanted.declared):
            raise ValueError(f"Expected `{wanted.declared.__name__}`")
        return wanted(wanted.marker.leave(value, key))

    try:
        if isinstance(raw, dict):
            kept = msgspec.convert(raw, declaration, dec_hook=hook)
        else:
            kept = msgspec.json.decode(raw, type=declaration, dec_hook=hook)
        return _dump(kept)
    except msgspec.ValidationError:
        payload = raw if isinstance(raw, dict) else msgspec.json.decode(raw)
        unfit: list[str] = []
        salvaged = _salvage(declaration, payload, "", unfit, hook)
        body = msgspec.to_builtins(salvaged, enc_hook=_leave) if salvaged is not None else {}
        return _dump({**body, UNFIT: sorted(unfit)})


def _dump(value: Any) -> bytes:
    body = _encode(value)
    if b"null" in body:
        # Hardly ever, and then perhaps only within a text.
        body = _encode(_without_blanks(msgspec.to_builtins(value, enc_hook=_leave)))
    return body


def _leave(value: Any) -> Any:
    if isinstance(value, Left):
        return value.value
    raise NotImplementedError(f"{type(value).__name__} may not leave")


_encode = msgspec.json.Encoder(enc_hook=_leave).encode


def _without_blanks(value: Any) -> Any:
    """Drop nulls, so that a field left out and a field sent empty are the same delivery."""
    if isinstance(value, dict):
        kept = {name: _without_blanks(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part is not None}
    if isinstance(value, list):
        return [_without_blanks(part) for part in value]
    return value


def _salvage(wanted: Any, value: Any, path: str, unfit: list[str], hook: Any) -> Any:
    """Keep what fits of a value; note the path of what does not."""
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct) and isinstance(value, dict):
        kept = {}
        for field in msgspec.structs.fields(wanted):
            if value.get(field.encode_name) is not None:
                inner = _only(field.type)
                part = _salvage(
                    inner, value[field.encode_name], f"{path}.{field.name}", unfit, hook
                )
                if part is not None:
                    kept[field.name] = part
        return wanted(**kept)
    if get_origin(wanted) is list and isinstance(value, list):
        inner = get_args(wanted)[0]
        parts = [_salvage(inner, part, f"{path}[]", unfit, hook) for part in value]
        return [part for part in parts if part is not None]
    try:
        return msgspec.convert(value, wanted, dec_hook=hook)
    except (msgspec.ValidationError, RecursionError):
        unfit.append(path.lstrip(".") or "body")
        return None


def _only(union: Any) -> Any:
    """Return the one real type of ``X | UnsetType | None``."""
    return next(p for p in get_args(union) if p not in (msgspec.UnsetType, type(None)))


def _type(hint: Any, name: str) -> Any:
    """Return the msgspec type of one declared field."""
    if get_origin(hint) is Annotated:
        marker = next(mark for mark in get_args(hint)[1:] if hasattr(mark, "leave"))
        declared = get_args(hint)[0]
        left = {"marker": marker, "declared": get_origin(declared) or declared}
        return type(name, (Left,), left)
    if get_origin(hint) is list:
        return GenericAlias(list, (_type(get_args(hint)[0], name),))
    return Int64 if hint is int else hint


def _shape_of(wanted: Any) -> Any:
    if get_origin(wanted) is Annotated:
        return _shape_of(get_args(wanted)[0])
    if get_origin(wanted) is list:
        return [_shape_of(get_args(wanted)[0])]
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return {f.name: _shape_of(_only(f.type)) for f in msgspec.structs.fields(wanted)}
    if isinstance(wanted, type) and issubclass(wanted, Left):
        return _finding_shape(wanted.marker)
    return {str: "VARCHAR", int: "BIGINT", bool: "BOOLEAN", float: "DOUBLE", Decimal: "VARCHAR"}[
        wanted
    ]


def _finding_shape(marker: Marker) -> Any:
    if isinstance(marker, Extract):
        returned = get_type_hints(marker.finding).get("return")
        return ["VARCHAR"] if returned == list[str] else "VARCHAR"
    return "VARCHAR"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("Expected `str`")
    return value
