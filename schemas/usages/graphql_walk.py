"""GraphQL documents of ours, walked through a schema: which fields, arguments, values, types and directives they use.

Only the types on the way are parsed, so that a large schema costs no more than what we use of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from graphql.language import (
    ArgumentNode,
    DirectiveNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    ObjectValueNode,
    SelectionSetNode,
    TypeNode,
    ValueNode,
    VariableNode,
)

from schemas.graphql.model import STANDARD_SCALARS, Input, Kind, Type, named
from schemas.usages.graphql_documents import Operation, where

if TYPE_CHECKING:
    from schemas.graphql.schema import Schema


class Walk:
    """Gathers what operations use. `places` names what stands at a node (by its identity) and around it, the closest first.

    `met` is true once any field of any operation was found in the schema.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._types = frozenset(schema.types)
        self._walked: set[int] = set()
        self._source = ""
        self._around: tuple[str, ...] = ()
        self.fields: set[str] = set()
        self.objects: set[str] = set()
        self.met = False
        self.unmatched: list[tuple[str, str]] = []
        self.places: dict[int, tuple[str, ...]] = {}

    def operation(self, operation: Operation) -> None:
        """One operation with its fragments."""
        self._source = where(operation.node)
        root = self._schema.roots.get(operation.node.operation.value)
        if root is None:
            self._lost(operation.name, f"{operation.node.operation.value} operation type")
            return
        for variable in operation.node.variable_definitions or ():
            name = _named_node(variable.type)
            self.places[id(name)] = self.places[id(variable)] = (name.name.value,)
            self._taken(name.name.value)
            if variable.default_value is not None:
                self._value(name.name.value, variable.default_value, name.name.value)
            self._directives(variable.directives)
        self._directives(operation.node.directives)
        self._selections(root, operation.node.selection_set, operation.fragments)

    def fragment(self, fragment: FragmentDefinitionNode) -> None:
        """A fragment that no operation needs."""
        self._fragment(fragment, {})

    def type(self, name: str) -> Type | None:
        """The type of that name, None where the schema has none."""
        return self._schema.type(name) if name in self._types else None

    def _lost(self, what: str, kind: str = "", *, why: str = "") -> None:
        self.unmatched.append((f"{what} ({self._source})" if self._source else what, why or f"the schema has no such {kind}"))

    def _selections(
        self, type: str, selections: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        for selection in selections.selections if selections is not None else ():
            self._directives(selection.directives)
            if isinstance(selection, FieldNode):
                self._field(type, selection, fragments)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = condition.name.value if condition is not None else type
                self._condition(inner, selection, condition, type)
                self._selections(inner, selection.selection_set, fragments)
            elif isinstance(selection, FragmentSpreadNode):
                found = fragments.get(selection.name.value)
                self.places[id(selection)] = (type, *((found.type_condition.name.value,) if found is not None else ()))
                if found is None:
                    self._lost(f"fragment {selection.name.value}", why="no file of ours defines it")
                else:
                    self._fragment(found, fragments)

    def _fragment(self, fragment: FragmentDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        if id(fragment) in self._walked:
            return
        self._walked.add(id(fragment))
        name = fragment.type_condition.name.value
        self._condition(name, fragment, fragment.type_condition)
        self._directives(fragment.directives)
        self._selections(name, fragment.selection_set, fragments)

    def _condition(self, name: str, at: Node, condition: NamedTypeNode | None, *around: str) -> None:
        self.places[id(at)] = (name, *around)
        if condition is not None:
            self.places[id(condition)] = (name,)
        if name in self._types:
            self.fields.add(f"{name}.__typename")
        else:
            self._lost(name, "type")

    def _field(self, owner: str, node: FieldNode, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        name, found = f"{owner}.{node.name.value}", self.type(owner)
        self.places[id(node)] = (name, *self._around)
        if found is None:
            return
        if node.name.value.startswith("__"):
            self.fields.add(f"{owner}.__typename")
            return
        field = found.fields.get(node.name.value)
        self.fields.add(name)
        if field is None:
            self._lost(name, "field")
            return
        self.met = True
        self._arguments(name, node.arguments, field.arguments)
        inner = named(field.type)
        given = self.type(inner)
        self.places[id(node)] = (name, inner, *self._around)
        if inner not in STANDARD_SCALARS and (given is None or given.kind in (Kind.SCALAR, Kind.ENUM)):
            self.fields.add(f"{inner}.*")  # whatever value it has may come to us
        elif given is not None:
            self.fields.add(f"{inner}.__typename")
            around, self._around = self._around, (name, *self._around)
            self._selections(inner, node.selection_set, fragments)
            self._around = around

    def _arguments(self, owner: str, nodes: Iterable[ArgumentNode] | None, known: Mapping[str, Input]) -> None:
        given = False
        for node in nodes or ():
            name = node.name.value
            place, given = f"{owner}({name}:)", True
            self.places[id(node)] = (place,)
            self.fields.add(place)
            if name in known:
                self._value(named(known[name].type), node.value, place)
            else:
                self._lost(place, "argument")
        if not given:
            self.fields.add(f"{owner}()")

    def _directives(self, nodes: Iterable[DirectiveNode] | None) -> None:
        for node in nodes or ():
            name = f"@{node.name.value}"
            self.places[id(node)] = (name,)
            self.fields.add(name)
            known = self._schema.directive(name[1:]).arguments if name[1:] in self._schema.directives else {}
            for argument in node.arguments or ():
                self.places[id(argument)] = (f"{name}({argument.name.value}:)",)
                self.fields.add(f"{name}({argument.name.value}:)")
                if argument.name.value in known:
                    self._value(named(known[argument.name.value].type), argument.value, f"{name}({argument.name.value}:)")

    def _value(self, type: str, node: ValueNode, place: str) -> None:
        """A literal in the place of an input type. A variable's value has the variable's type, which is walked there."""
        self.places[id(node)] = (place,)
        if isinstance(node, VariableNode):
            return
        if isinstance(node, ListValueNode):
            for item in node.values:
                self._value(type, item, place)
        elif isinstance(node, EnumValueNode):
            self.places[id(node)] = (f"{type}.{node.value}",)
            self.fields.add(f"{type}.{node.value}")
        elif isinstance(node, ObjectValueNode):
            found = self.type(type)
            self.places[id(node)] = (type,)
            self.fields.add(f"{type}.__typename")
            for member in node.fields:
                name = f"{type}.{member.name.value}"
                self.places[id(member)] = (name,)
                self.fields.add(name)
                known = found.inputs.get(member.name.value) if found is not None else None
                if known is not None:
                    self._value(named(known.type), member.value, name)
                else:
                    self._lost(name, "input field")

    def _taken(self, type: str) -> None:
        """The type of a variable: it is used, and which parts of it we send only the code that calls knows."""
        if type in STANDARD_SCALARS:
            return
        self.fields.add(f"{type}.__typename")
        waiting = [type]
        while waiting:
            name = waiting.pop()
            found = self.type(name)
            if name in self.objects or name in STANDARD_SCALARS:
                continue
            self.objects.add(name)
            waiting.extend(named(member.type) for member in (found.inputs.values() if found is not None else ()))


def _named_node(node: TypeNode) -> NamedTypeNode:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    assert isinstance(node, NamedTypeNode)
    return node
