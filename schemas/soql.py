"""What of Salesforce a SOQL query uses: objects and fields, for `Usage`.

Names are kept as the query spells them; `Usage` matches without regard to case, as SOQL does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from schemas.errors import Unreadable
from schemas.usage import Usage

MAX_DEPTH = 20
"""Levels of sub-queries; the platform allows five."""

_TOKEN = re.compile(
    r"""
      \s+ | --[^\n]* | //[^\n]* | /\*.*?\*/
    | (?P<text>'(?:[^'\\]|\\.)*')
    | (?P<bind>:\s*[A-Za-z_][\w.]*)
    | (?P<value>[-+]?\d[\w:.+-]*)
    | (?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)
    | (?P<mark><=|>=|!=|<>|[(),=<>:;%{}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)

_CLAUSES = frozenset({"FROM", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE", "USING", "ALL"})
_WORDS = frozenset(
    {
        *("SELECT", "BY", "AND", "OR", "NOT", "IN", "LIKE", "INCLUDES", "EXCLUDES", "ASC", "DESC", "NULLS", "FIRST", "LAST"),
        *("NULL", "TRUE", "FALSE", "AS", "ROLLUP", "CUBE", "TODAY", "YESTERDAY", "TOMORROW"),
    }
)
_MOMENT = re.compile(r"(?:LAST|NEXT|THIS)_[A-Z0-9_]+|N_[A-Z_]+", re.IGNORECASE)

_PARENTS = {"owner": "User", "createdby": "User", "lastmodifiedby": "User", "recordtype": "RecordType"}
"""Standard relationships whose name is not that of the object they lead to."""

ANY = "*"
"""The object of a field whose object no query names; see `Usage.fields`."""

Token = tuple[str, str]


def used_by(queries: Iterable[str]) -> Usage:
    """The use of all the queries together; raises `Unreadable` for a text that is no SOQL query."""
    usage = Usage()
    for query in queries:
        tokens = _tokens(query)
        if not tokens or tokens[0][1].upper() != "SELECT":
            raise Unreadable("not a SOQL query: it does not start with SELECT")
        usage |= _query(tokens, 0, parent="", depth=0)[0]
    return usage


def _tokens(query: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    while position < len(query):
        match = _TOKEN.match(query, position)
        if match is None:
            line = query.count("\n", 0, position) + 1
            raise Unreadable(f"not a SOQL query: {query[position]!r} is not understood", where=f"line {line}")
        if match.lastgroup is not None:
            tokens.append((match.lastgroup, re.sub(r"\s", "", match[0]) if match.lastgroup == "name" else match[0]))
        position = match.end()
    return tokens


def _query(tokens: list[Token], at: int, *, parent: str, depth: int) -> tuple[Usage, int]:
    """The use of the query whose SELECT stands at `at`, and where it ends. `parent`: the FROM names its relationship."""
    if depth > MAX_DEPTH:
        raise Unreadable(f"not a SOQL query: more than {MAX_DEPTH} levels of sub-queries")
    end = _end(tokens, at)
    owner, alias = _from(tokens, at, end)
    usage = Usage(fields=frozenset({f"{parent}.{owner}"})) if parent else Usage(objects=frozenset({owner}))
    # Of a sub-query over a relationship the object is not named: its fields may be those of any.
    owner = ANY if parent else owner
    clause, opened, typed, fresh = "SELECT", 0, "", True
    fields: set[str] = set()
    coarse = False
    index = at + 1
    while index < end:
        kind, word = tokens[index]
        upper = word.upper()
        if (kind, upper) == ("name", "SELECT"):
            inner, index = _query(tokens, index, parent=owner if clause == "SELECT" else "", depth=depth + 1)
            usage |= inner
            continue
        if kind == "mark":
            opened += {"(": 1, ")": -1}.get(word, 0)
            fresh = word != ")"
        elif kind == "name" and not opened and upper in _CLAUSES:
            clause, fresh = upper, True
        elif kind == "name" and upper == "TYPEOF":
            typed, fresh = "?", True
        elif kind == "name" and typed and upper in ("WHEN", "THEN", "ELSE", "END"):
            typed = {"WHEN": "?", "THEN": typed, "ELSE": "", "END": ""}[upper]
            typed = tokens[index + 1][1] if upper == "WHEN" and index + 1 < end else typed
            index += upper == "WHEN"
            fresh = upper != "END"
        elif kind == "name" and index + 1 < end and tokens[index + 1] == ("mark", "("):
            coarse = coarse or upper in ("FIELDS", "COUNT")
            # What FIELDS takes is no field but ALL, STANDARD or CUSTOM.
            index += 2 if upper == "FIELDS" else 0
        elif kind == "name" and _names_field(clause, upper, fresh):
            fields.update(_path(word, typed if typed not in ("", "?") else owner, alias))
            fresh = False
        index += 1
    if fields and not coarse:
        usage = Usage(fields=usage.fields | fields, objects=usage.objects - {owner}, operations=usage.operations)
    else:
        usage = Usage(fields=usage.fields | fields, objects=usage.objects, operations=usage.operations)
    return usage, end


def _names_field(clause: str, upper: str, fresh: bool) -> bool:
    """Whether a word names a field here. In the SELECT list a second word in a row is an alias."""
    if upper in _WORDS or _MOMENT.fullmatch(upper):
        return False
    if clause == "SELECT":
        return fresh
    return clause in ("WHERE", "GROUP", "HAVING", "ORDER")


def _end(tokens: list[Token], at: int) -> int:
    """Where the query ends: at the parenthesis that closes around it, or with the text."""
    opened = 0
    for index in range(at, len(tokens)):
        if tokens[index][0] == "mark":
            opened += {"(": 1, ")": -1}.get(tokens[index][1], 0)
            if opened < 0:
                return index
    return len(tokens)


def _from(tokens: list[Token], at: int, end: int) -> tuple[str, str]:
    """The object (or relationship) behind FROM, and its alias or an empty text."""
    opened = 0
    for index in range(at, end):
        kind, word = tokens[index]
        if kind == "mark":
            opened += {"(": 1, ")": -1}.get(word, 0)
        elif not opened and kind == "name" and word.upper() == "FROM" and index + 1 < end and tokens[index + 1][0] == "name":
            alias = index + 2
            if alias < end and tokens[alias][1].upper() == "AS":
                alias += 1
            named = alias < end and tokens[alias][0] == "name" and tokens[alias][1].upper() not in _CLAUSES
            return tokens[index + 1][1], tokens[alias][1] if named else ""
    raise Unreadable("not a SOQL query: it has no FROM")


def _path(word: str, owner: str, alias: str) -> Iterable[str]:
    """The fields that a dotted path uses: each relationship on the way, and what it leads to where its name tells."""
    steps = word.split(".")
    if len(steps) > 1 and steps[0].lower() in (alias.lower(), owner.lower()) and steps[0]:
        steps = steps[1:]
    for step in steps:
        yield f"{owner}.{step}"
        owner = _led_to(owner, step)


def _led_to(owner: str, relationship: str) -> str:
    """The object that a parent relationship leads to; any where only the describe could tell."""
    if relationship.lower().endswith("__r"):
        return ANY
    if relationship.lower() == "parent":
        return owner
    return _PARENTS.get(relationship.lower(), relationship)
