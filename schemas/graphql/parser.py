"""One definition of the SDL from its text. More forgiving than the specification where a client loses nothing by it.

Empty bodies, members defined twice and `implements A, B` are read; what cannot be understood is `Unreadable` with its line.
A parser of our own: it is needed for the few definitions that differ, and importing a whole GraphQL library costs more than
reading them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from schemas.errors import Unreadable
from schemas.graphql.grammar import IGNORED, KEYWORDS, TOKEN
from schemas.graphql.literal import canonical_number, canonical_string
from schemas.graphql.model import SCHEMA, Directive, Input, Kind, Output, Type

MAX_DEPTH = 60
"""How deep a literal or a list type may nest."""

Roots = dict[str, str]
"""Operation to root type, as a `schema` definition names them."""
Applied = dict[str, dict[str, str]]
"""The directives on a thing: name to arguments, in canonical literals."""

Member = TypeVar("Member", bound=Output | Input)
T = TypeVar("T")

_OUTPUTS = (Kind.OBJECT, Kind.INTERFACE)
_END, _STRANGE = "", "\0"


class Parser:
    """Reads definitions from `text`, one token ahead. `line` is the line of the text's first character."""

    def __init__(self, text: str, position: int = 0, *, line: int = 1) -> None:
        self._text = text
        self._line = line
        self._position = position
        self.end = position
        """Where the last token read ends."""
        self._start = position
        self._current = _END
        self._next()

    def definition(self) -> tuple[str, Type | Directive | Roots]:
        """The definition's key and its content; raises `Unreadable`."""
        self._skip_description()
        if self._current == "extend":
            self._next()
        keyword = self._current
        if keyword not in KEYWORDS or keyword == "extend":
            raise self._refusal("expected a type definition")
        self._next()
        if keyword == "schema":
            return SCHEMA, self._schema()
        if keyword == "directive":
            directive = self._directive_definition()
            return f"@{directive.name}", directive
        found = self._type(Kind(keyword))
        return found.name, found

    def literal(self) -> str:
        """The one literal that the text is, in canonical form."""
        value = self._value()
        if self._current:
            raise self._refusal("expected the end of the literal")
        return value

    # Tokens

    def _next(self) -> str:
        """Steps on, and gives the token that was current."""
        was = self._current
        self.end = self._position
        match = TOKEN.match(self._text, self._position)
        if match is not None:
            self._current, self._start, self._position = match[1], match.start(1), match.end()
        else:
            ignored = IGNORED.match(self._text, self._position)
            self._start = self._position = ignored.end() if ignored is not None else self._position
            self._current = _END if self._start == len(self._text) else _STRANGE
        return was

    def _refusal(self, what: str) -> Unreadable:
        before = self._text[: self._start]
        found = {_END: "the end", _STRANGE: "what is no token"}.get(self._current, repr(self._current)[:40])
        line = self._line + before.count("\n")
        column = len(before) - before.rfind("\n")
        return Unreadable(f"not a GraphQL schema: {what}, found {found}", where=f"line {line}, column {column}")

    def _expect(self, token: str) -> None:
        if self._current != token:
            raise self._refusal(f"expected {token!r}")
        self._next()

    def _skip(self, token: str) -> bool:
        if self._current == token:
            self._next()
            return True
        return False

    def _name(self) -> str:
        if not (self._current[:1].isalpha() or self._current[:1] == "_"):
            raise self._refusal("expected a name")
        return self._next()

    def _skip_description(self) -> None:
        if self._current.startswith('"'):
            self._next()

    # Definitions

    def _schema(self) -> Roots:
        self._directives()
        roots: Roots = {}
        if self._skip("{"):
            while not self._skip("}"):
                self._skip_description()
                operation = self._name()
                self._expect(":")
                roots[operation] = self._name()
        return roots

    def _directive_definition(self) -> Directive:
        self._expect("@")
        name = self._name()
        arguments = self._unique(self._arguments_definition())[0]
        repeatable = self._skip("repeatable")
        if self._name() != "on":
            raise self._refusal("expected 'on'")
        self._skip("|")
        locations = {self._name()}
        while self._skip("|"):
            locations.add(self._name())
        return Directive(name=name, arguments=arguments, locations=frozenset(locations), repeatable=repeatable)

    def _type(self, kind: Kind) -> Type:
        name = self._name()
        interfaces: frozenset[str] = self._implements() if kind in _OUTPUTS else frozenset()
        directives = self._directives()
        if kind in _OUTPUTS:
            fields, twice = self._unique(self._body(self._output))
            return Type(name=name, kind=kind, fields=fields, interfaces=interfaces, twice=twice)
        if kind is Kind.INPUT:
            inputs, twice_in = self._unique(self._body(self._input))
            return Type(name=name, kind=kind, inputs=inputs, one_of="oneOf" in directives, twice=twice_in)
        if kind is Kind.ENUM:
            values = self._body(self._enum_value)
            times = Counter(value for value, _ in values)
            again: dict[str, tuple[None, ...]] = {value: () for value, count in times.items() if count > 1}
            return Type(name=name, kind=kind, values=dict(values), twice=again)
        if kind is Kind.UNION:
            return Type(name=name, kind=kind, members=self._members())
        return Type(name=name, kind=kind, specified_by=_unquoted(directives.get("specifiedBy", {}).get("url")))

    def _implements(self) -> frozenset[str]:
        names: set[str] = set()
        if self._skip("implements"):
            self._skip("&")
            while self._current not in ("@", "{", _END) and self._current not in KEYWORDS and not self._current.startswith('"'):
                names.add(self._name())
                self._skip("&")
        return frozenset(names)

    def _members(self) -> frozenset[str]:
        names: set[str] = set()
        if self._skip("="):
            self._skip("|")
            names.add(self._name())
            while self._skip("|"):
                names.add(self._name())
        return frozenset(names)

    def _body(self, member: Callable[[], T]) -> list[T]:
        members: list[T] = []
        if self._skip("{"):
            while not self._skip("}"):
                self._skip_description()
                members.append(member())
        return members

    def _output(self) -> Output:
        name = self._name()
        arguments = self._unique(self._arguments_definition())[0]
        self._expect(":")
        of = self._type_reference()
        return Output(name=name, type=of, arguments=arguments, deprecated="deprecated" in self._directives())

    def _input(self) -> Input:
        name = self._name()
        self._expect(":")
        of = self._type_reference()
        default = self._value() if self._skip("=") else None
        return Input(name=name, type=of, default=default, deprecated="deprecated" in self._directives())

    def _enum_value(self) -> tuple[str, bool]:
        name = self._name()
        return name, "deprecated" in self._directives()

    def _arguments_definition(self) -> list[Input]:
        arguments: list[Input] = []
        if self._skip("("):
            while not self._skip(")"):
                self._skip_description()
                arguments.append(self._input())
        return arguments

    def _unique(self, members: list[Member]) -> tuple[dict[str, Member], dict[str, tuple[Member, ...]]]:
        """The members by name (the last of a name wins, as a lookup table would have it), and those defined twice."""
        by_name = {member.name: member for member in members}
        if len(by_name) == len(members):
            return by_name, {}
        variants: dict[str, list[Member]] = {}
        for member in members:
            variants.setdefault(member.name, []).append(member)
        return by_name, {name: tuple(found) for name, found in variants.items() if len(found) > 1}

    def _type_reference(self) -> str:
        depth = 0
        while self._skip("["):
            depth += 1
        if depth > MAX_DEPTH:
            raise self._refusal(f"expected at most {MAX_DEPTH} nested lists")
        inner = "[" * depth + self._name()
        while True:
            if self._current == "!" and not inner.endswith("!"):
                inner += self._next()
            elif depth and self._current == "]":
                depth -= 1
                inner += self._next()
            else:
                break
        if depth:
            raise self._refusal("expected ']'")
        return inner

    def _directives(self) -> Applied:
        applied: Applied = {}
        while self._skip("@"):
            arguments = applied.setdefault(self._name(), {})
            if self._skip("("):
                while not self._skip(")"):
                    name = self._name()
                    self._expect(":")
                    arguments[name] = self._value()
        return applied

    def _value(self, depth: int = 0) -> str:
        if depth > MAX_DEPTH:
            raise self._refusal(f"expected at most {MAX_DEPTH} nested values")
        if self._skip("["):
            items: list[str] = []
            while not self._skip("]"):
                items.append(self._value(depth + 1))
            return f"[{', '.join(items)}]"
        if self._skip("{"):
            members: dict[str, str] = {}
            while not self._skip("}"):
                name = self._name()
                self._expect(":")
                members[name] = self._value(depth + 1)
            return "{" + ", ".join(f"{name}: {members[name]}" for name in sorted(members)) + "}"
        first = self._current[:1]
        if first == '"':
            return canonical_string(self._next())
        if first == "-" or first.isdigit():
            return canonical_number(self._next())
        self._skip("$")
        return self._name()


def _unquoted(literal: str | None) -> str | None:
    """The text of a canonical string, as an introspection result gives it."""
    return json.loads(literal) if literal is not None and literal.startswith('"') else literal
