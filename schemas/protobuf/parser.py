"""The text of a `.proto` file as the descriptor that protoc would make of it, but for names: they stay as written.

What is imported need not be there, so a single file can be judged. The grammar stands in one place, hence
the length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from google.protobuf import descriptor_pb2 as pb

from schemas.protobuf.options import bracket, option
from schemas.protobuf.words import Kind, Words

MAX_DEPTH: Final = 64
"""Definitions inside of definitions. The compiler allows 32."""
MAX_NUMBER: Final = 536_870_911
"""The largest field number; `max` in a range of fields."""

_LABELS = {
    "optional": pb.FieldDescriptorProto.LABEL_OPTIONAL,
    "required": pb.FieldDescriptorProto.LABEL_REQUIRED,
    "repeated": pb.FieldDescriptorProto.LABEL_REPEATED,
}
_SCALARS = {
    name: pb.FieldDescriptorProto.Type.Value(f"TYPE_{name.upper()}")
    for name in (
        *("double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", "bytes", "uint32"),
        *("sfixed32", "sfixed64", "sint32", "sint64"),
    )
}
_EDITIONS = {"2023": pb.EDITION_2023, "2024": pb.EDITION_2024}


_Holder = pb.FileDescriptorProto | pb.DescriptorProto
Marks = dict[str, int]
"""The line on which a full name (`acme.v1.Order.total`) is defined."""


def parse(text: str) -> tuple[pb.FileDescriptorProto, Marks]:
    """The file, and where its definitions stand; raises `Unreadable` with line and column."""
    return _Parser(text).file()


class _Parser:
    def __init__(self, text: str) -> None:
        self.words = Words(text)
        self.marks: Marks = {}
        self.proto = pb.FileDescriptorProto(syntax="proto2")
        self.depth = 0

    def file(self) -> tuple[pb.FileDescriptorProto, Marks]:
        words, proto = self.words, self.proto
        while words.word.kind is not Kind.END:
            match words.word.text:
                case ";":
                    words.take()
                case "syntax" | "edition":
                    self._syntax()
                case "package":
                    words.take()
                    proto.package = words.path()
                    words.need(";")
                case "import":
                    words.take()
                    if words.word.kind is Kind.NAME:
                        words.take()  # public, weak or option: whose it is does not matter here
                    proto.dependency.append(words.text())
                    words.need(";")
                case "option":
                    option(words, proto.options)
                case _:
                    self._definition(proto, proto.package)
        return proto, self.marks

    def _syntax(self) -> None:
        words = self.words
        keyword = words.take()
        words.need("=")
        said = words.text()
        if keyword == "syntax" and said not in ("proto2", "proto3"):
            words.refuse(f"syntax `{said[:40]}` is none that is known (proto2, proto3)")
        if keyword == "edition" and said not in _EDITIONS:
            words.refuse(f"edition `{said[:40]}` is none that is known ({', '.join(_EDITIONS)})")
        if keyword == "syntax":
            self.proto.syntax = said
        else:
            self.proto.syntax, self.proto.edition = "editions", _EDITIONS[said]
        words.need(";")

    def _definition(self, holder: _Holder, scope: str) -> None:
        """A message, enum, service or extension."""
        words = self.words
        if words.word.text in ("export", "local"):
            words.take()
        match words.word.text:
            case "message":
                nested = holder.message_type if isinstance(holder, pb.FileDescriptorProto) else holder.nested_type
                words.take()
                self._message(nested.add(), scope, words.name)
            case "enum":
                words.take()
                self._enum(holder.enum_type.add(), scope)
            case "extend":
                words.take()
                self._extend(holder, scope)
            case "service" if isinstance(holder, pb.FileDescriptorProto):
                words.take()
                self._service(holder.service.add(), scope)
            case other:
                words.refuse(f"`{other[:40]}` begins no definition")

    def _body(self, each: Callable[[], None]) -> None:
        words = self.words
        self.depth += 1
        if self.depth > MAX_DEPTH:
            words.refuse(f"more than {MAX_DEPTH} definitions stand inside of each other")
        words.need("{")
        while not words.skip("}"):
            if not words.skip(";"):
                each()
        self.depth -= 1

    def _mark(self, scope: str, name: str) -> str:
        full = f"{scope}.{name}" if scope else name
        self.marks.setdefault(full, self.words.line())
        return full

    def _message(self, message: pb.DescriptorProto, scope: str, name: Callable[[], str]) -> None:
        words = self.words
        message.name = name()
        full = self._mark(scope, message.name)

        def member() -> None:
            match words.word.text:
                case "message" | "enum" | "extend" | "export" | "local":
                    self._definition(message, full)
                case "option":
                    option(words, message.options)
                case "oneof":
                    words.take()
                    self._oneof(message, full)
                case "reserved":
                    words.take()
                    self._reserved(message, MAX_NUMBER)
                case "extensions":
                    words.take()
                    for first, last in self._ranges(MAX_NUMBER):
                        message.extension_range.add(start=first, end=last + 1)
                    bracket(words, None)
                    words.need(";")
                case _:
                    self._field(message.field.add(), message, full)

        self._body(member)

    def _field(
        self,
        field: pb.FieldDescriptorProto,
        holder: _Holder,
        scope: str,
        oneof: int | None = None,
    ) -> None:
        words = self.words
        field.label = pb.FieldDescriptorProto.LABEL_OPTIONAL
        if oneof is not None:
            field.oneof_index = oneof
        elif words.word.text in _LABELS:
            field.proto3_optional = words.word.text == "optional" and self.proto.syntax == "proto3"
            field.label = _LABELS[words.take()]
        kind = words.path()
        if kind == "group":
            self._group(field, holder, scope)
            return
        if kind == "map" and words.skip("<"):
            self._map(field, holder, scope)
            return
        if kind in _SCALARS:
            field.type = _SCALARS[kind]
        else:
            field.type_name = kind
        field.name = words.name()
        self._mark(scope, field.name)
        self._number(field)

    def _number(self, field: pb.FieldDescriptorProto) -> None:
        words = self.words
        words.need("=")
        field.number = self._whole(MAX_NUMBER)
        bracket(words, field)
        words.need(";")

    def _whole(self, most: int, least: int = 1) -> int:
        value = self.words.whole()
        if not least <= value <= most:
            self.words.refuse(f"the number {value} is not from {least} to {most}")
        return value

    def _group(self, field: pb.FieldDescriptorProto, holder: _Holder, scope: str) -> None:
        words = self.words
        name = words.name()
        field.name, field.type, field.type_name = name.lower(), pb.FieldDescriptorProto.TYPE_GROUP, name
        self._mark(scope, field.name)
        words.need("=")
        field.number = self._whole(MAX_NUMBER)
        bracket(words, field)
        nested = holder.message_type if isinstance(holder, pb.FileDescriptorProto) else holder.nested_type
        self._message(nested.add(), scope, lambda: name)

    def _map(self, field: pb.FieldDescriptorProto, holder: _Holder, scope: str) -> None:
        words = self.words
        if isinstance(holder, pb.FileDescriptorProto):
            words.refuse("an extension is no map")
        key = words.name()
        words.need(",")
        value = words.path()
        words.need(">")
        field.name, field.label = words.name(), pb.FieldDescriptorProto.LABEL_REPEATED
        self._mark(scope, field.name)
        entry = holder.nested_type.add(name="".join(part[:1].upper() + part[1:] for part in field.name.split("_")) + "Entry")
        entry.options.map_entry = True
        field.type, field.type_name = pb.FieldDescriptorProto.TYPE_MESSAGE, f".{scope}.{entry.name}"
        for number, (name, kind) in enumerate((("key", key), ("value", value)), start=1):
            part = entry.field.add(name=name, number=number, label=pb.FieldDescriptorProto.LABEL_OPTIONAL)
            if kind in _SCALARS:
                part.type = _SCALARS[kind]
            else:
                part.type_name = kind
        self._number(field)

    def _oneof(self, message: pb.DescriptorProto, scope: str) -> None:
        oneof = message.oneof_decl.add(name=self.words.name())
        index = len(message.oneof_decl) - 1
        self._mark(scope, oneof.name)

        def member() -> None:
            if self.words.word.text == "option":
                option(self.words, oneof.options)
            else:
                self._field(message.field.add(), message, scope, index)

        self._body(member)

    def _extend(self, holder: _Holder, scope: str) -> None:
        extended = self.words.path()

        def member() -> None:
            self._field(holder.extension.add(extendee=extended), holder, scope)

        self._body(member)

    def _reserved(self, holder: pb.DescriptorProto | pb.EnumDescriptorProto, most: int) -> None:
        words = self.words
        if words.word.kind in (Kind.TEXT, Kind.NAME):
            holder.reserved_name.append(words.text() if words.word.kind is Kind.TEXT else words.name())
            while words.skip(","):
                holder.reserved_name.append(words.text() if words.word.kind is Kind.TEXT else words.name())
        elif isinstance(holder, pb.EnumDescriptorProto):
            for first, last in self._ranges(most):
                holder.reserved_range.add(start=first, end=last)  # an enum's ranges hold their end, a message's do not
        else:
            for first, last in self._ranges(most):
                holder.reserved_range.add(start=first, end=last + 1)
        words.need(";")

    def _ranges(self, most: int) -> list[tuple[int, int]]:
        """First and last of each."""
        words, ranges = self.words, []
        while True:
            first = last = self._whole(most, -(most + 1))
            if words.skip("to"):
                last = most if words.skip("max") else self._whole(most, -(most + 1))
            ranges.append((first, last))
            if not words.skip(","):
                return ranges

    def _enum(self, enum: pb.EnumDescriptorProto, scope: str) -> None:
        words = self.words
        enum.name = words.name()
        full = self._mark(scope, enum.name)

        def member() -> None:
            if words.word.text == "option":
                option(words, enum.options)
                return
            if words.word.text == "reserved":
                words.take()
                self._reserved(enum, 2**31 - 1)
                return
            value = enum.value.add(name=words.name())
            self._mark(full, value.name)
            words.need("=")
            value.number = self._whole(2**31 - 1, -(2**31))
            bracket(words, value)
            words.need(";")

        self._body(member)

    def _service(self, service: pb.ServiceDescriptorProto, scope: str) -> None:
        words = self.words
        service.name = words.name()
        full = self._mark(scope, service.name)

        def member() -> None:
            if words.word.text == "option":
                option(words, service.options)
                return
            words.need("rpc")
            method = service.method.add(name=words.name())
            self._mark(full, method.name)
            method.client_streaming, method.input_type = self._message_of_rpc()
            words.need("returns")
            method.server_streaming, method.output_type = self._message_of_rpc()
            if words.word.text == "{":
                self._body(lambda: option(words, method.options))
            else:
                words.need(";")

        self._body(member)

    def _message_of_rpc(self) -> tuple[bool, str]:
        words = self.words
        words.need("(")
        stream = words.skip("stream")
        path = words.path()
        words.need(")")
        return stream, path
