"""Columns, declared as plain annotated classes: one source of truth for every table.

An event or a fact is a class whose annotations are its columns; a string under an annotation is
that column's description and ends up as the comment an analyst sees. Importing this needs no
engine: a column's type is an SQL word.
"""

import ast
import inspect
import sys
import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any, Literal, NewType

Account = NewType("Account", str)
"""One account of one person, as a keyed pseudonym of 32 hex characters."""

Person = NewType("Person", str)
"""One human (or robot) behind any number of accounts, as 32 hex characters."""

Keyed = NewType("Keyed", str)
"""A hidden value (a branch, a path, a project), as a keyed hash that joins but does not tell."""

SQL_TYPES: dict[Any, str] = {
    str: "VARCHAR",
    Account: "VARCHAR",
    Person: "VARCHAR",
    Keyed: "VARCHAR",
    int: "BIGINT",
    bool: "BOOLEAN",
    float: "DOUBLE",
    datetime: "TIMESTAMP",
    date: "DATE",
    Decimal: "DECIMAL(38,18)",
    list[str]: "VARCHAR[]",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, SQL type, whether NULL is refused, what it says, whom it names."""

    name: str
    sql_type: str
    required: bool
    doc: str = ""
    about_people: bool = False
    allowed: tuple[str, ...] = ()


def columns(declaration: type) -> tuple[Column, ...]:
    """Return the columns of an annotated class, base classes first, in the order written."""
    docs = {name: doc for cls in reversed(declaration.__mro__) for name, doc in _docs(cls).items()}
    return tuple(
        _column(name, hint, docs.get(name, ""))
        for name, hint in typing.get_type_hints(declaration).items()
        if typing.get_origin(hint) is not typing.ClassVar
    )


def _column(name: str, hint: Any, doc: str) -> Column:
    required = True
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        inner = [part for part in typing.get_args(hint) if part is not type(None)]
        if len(inner) != 1 or len(inner) == len(typing.get_args(hint)):
            raise TypeError(f"column {name}: a column has one type, or one type and None")
        hint, required = inner[0], False
    allowed: tuple[str, ...] = ()
    if typing.get_origin(hint) is Literal:
        allowed, hint = typing.get_args(hint), str
    if hint not in SQL_TYPES:
        raise TypeError(f"column {name}: {hint} is not a column type; use {list(SQL_TYPES)}")
    return Column(name, SQL_TYPES[hint], required, doc, hint in (Account, Person), allowed)


@cache
def _docs(cls: type) -> dict[str, str]:
    """Read the string written under each annotation; Python itself forgets them."""
    if cls is object:
        return {}
    docs: dict[str, str] = {}
    body = _classes(cls.__module__)[cls.__qualname__].body
    for field, text in pairwise(body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(doc))),
            ):
                docs[name] = " ".join(doc.split())
    return docs


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """Return a module's classes by qualified name: each file is parsed once, and not tokenized."""
    found: dict[str, ast.ClassDef] = {}

    def look(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                found[inside + child.name] = child
                look(child, f"{inside}{child.name}.")
            elif isinstance(child, ast.FunctionDef):
                look(child, f"{inside}{child.name}.<locals>.")
            elif isinstance(child, ast.stmt):
                look(child, inside)

    look(ast.parse(inspect.getsource(sys.modules[module])), "")
    return found
