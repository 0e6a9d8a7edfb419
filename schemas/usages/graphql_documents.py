"""GraphQL documents of ours as syntax: checked one by one, and put together so that fragments are found across files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql.error import GraphQLSyntaxError
from graphql.language import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Node,
    OperationDefinitionNode,
    Source,
    Visitor,
    parse,
    visit,
)

from schemas.errors import Unreadable
from schemas.usages.recorded import Text

MAX_TOKENS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation with every fragment it needs, as far as it is there."""

    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]

    @property
    def name(self) -> str:
        """Its name, or its kind where it has none."""
        return self.node.name.value if self.node.name else f"an unnamed {self.node.operation.value}"

    @property
    def alone(self) -> DocumentNode:
        """A document with nothing but this operation and its fragments."""
        return DocumentNode(definitions=(self.node, *self.fragments.values()))


def where(node: Node) -> str:
    """The file and the line (from 1) a node starts on."""
    return f"{node.loc.source.name}:{node.loc.start_token.line}" if node.loc is not None else ""


def check(text: Text) -> None:
    """Raise `Unreadable`, with the line, for what is no GraphQL document with an operation or a fragment."""
    document = _parsed(text)
    if not any(isinstance(node, OperationDefinitionNode | FragmentDefinitionNode) for node in document.definitions):
        raise Unreadable("a GraphQL document of ours has operations or fragments; this has neither", where="line 1")


def _parsed(text: Text) -> DocumentNode:
    try:
        return parse(Source(text.text, text.source), max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError as error:
        where = f"line {error.locations[0].line}, column {error.locations[0].column}" if error.locations else ""
        raise Unreadable(f"not a GraphQL document: {error.message.removeprefix('Syntax Error: ')}", where=where) from None
    except RecursionError:
        raise Unreadable("not a GraphQL document: it is nested too deep") from None


def operations(texts: Iterable[Text]) -> tuple[list[Operation], dict[str, FragmentDefinitionNode]]:
    """Every operation of the documents, and the fragments that none of them needs. A fragment of the same file comes first."""
    parsed = [_parsed(text) for text in texts]
    everywhere: dict[str, FragmentDefinitionNode] = {}
    for document in parsed:
        for name, fragment in _fragments(document).items():
            everywhere.setdefault(name, fragment)
    found: list[Operation] = []
    for document in parsed:
        known = {**everywhere, **_fragments(document)}
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                found.append(Operation(node=node, fragments=_needed(node, known)))
    needed = {name for operation in found for name in operation.fragments}
    return found, {name: fragment for name, fragment in everywhere.items() if name not in needed}


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def _needed(node: Node, known: Mapping[str, FragmentDefinitionNode]) -> dict[str, FragmentDefinitionNode]:
    needed: dict[str, FragmentDefinitionNode] = {}
    waiting = _spreads(node)
    while waiting:
        name = waiting.pop(0)
        if name in known and name not in needed:
            needed[name] = known[name]
            waiting.extend(_spreads(known[name]))
    return needed


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.names.append(node.name.value)


def _spreads(node: Node) -> list[str]:
    found = _Spreads()
    visit(node, found)
    return found.names
