"""What of Salesforce a SOQL query uses: objects and fields, for `Usage`.

Names are kept as the query spells them; `Usage` matches without regard to case, as SOQL does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

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
    owner, aliases = _from(tokens, at, end)
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
            fields.update(_path(word, typed if typed not in ("", "?") else owner, aliases))
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


def _from(tokens: list[Token], at: int, end: int) -> tuple[str, Mapping[str, list[str]]]:
    """The object (or relationship) behind FROM, and what each alias stands for: no steps for that object, else a path from it.

    `FROM Line__c l, l.Invoice__r i` has both kinds.
    """
    opened = 0
    for index in range(at, end):
        kind, word = tokens[index]
        if kind == "mark":
            opened += {"(": 1, ")": -1}.get(word, 0)
        elif not opened and kind == "name" and word.upper() == "FROM" and index + 1 < end and tokens[index + 1][0] == "name":
            owner = tokens[index + 1][1]
            aliases: dict[str, list[str]] = {owner.lower(): []}
            alias, then = _alias(tokens, index + 2, end)
            aliases[alias.lower()] = []
            while then + 1 < end and tokens[then] == ("mark", ",") and tokens[then + 1][0] == "name":
                path = _expanded(tokens[then + 1][1], aliases)
                alias, then = _alias(tokens, then + 2, end)
                aliases[alias.lower()] = path
            return owner, aliases
    raise Unreadable("not a SOQL query: it has no FROM")


def _alias(tokens: list[Token], at: int, end: int) -> tuple[str, int]:
    """The alias that stands at `at`, or an empty text, and where the query goes on."""
    if at < end and tokens[at][1].upper() == "AS":
        at += 1
    if at < end and tokens[at][0] == "name" and tokens[at][1].upper() not in _CLAUSES:
        return tokens[at][1], at + 1
    return "", at


def _expanded(word: str, aliases: Mapping[str, list[str]]) -> list[str]:
    """The steps of a dotted path from the object of the query."""
    steps = word.split(".")
    known = aliases.get(steps[0].lower()) if len(steps) > 1 else None
    return steps if known is None else [*known, *steps[1:]]


def _path(word: str, owner: str, aliases: Mapping[str, list[str]]) -> Iterable[str]:
    """The fields that a dotted path uses: each relationship on the way, and what it leads to where its name tells."""
    for step in _expanded(word, aliases):
        yield f"{owner}.{step}"
        owner = _led_to(owner, step)


def _led_to(owner: str, relationship: str) -> str:
    """The object that a parent relationship leads to; any where only the describe could tell."""
    if relationship.lower().endswith("__r"):
        return ANY
    if relationship.lower() == "parent":
        return owner
    return _PARENTS.get(relationship.lower(), relationship)
