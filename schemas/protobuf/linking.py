"""From the descriptors of files to one model: names made full, editions made plain, maps told from repeated messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from google.protobuf import descriptor_pb2 as pb

from schemas.protobuf.model import Count, Enum, Field, Message, Method, Ranges, Schema, Service
from schemas.protobuf.parser import Marks

_F = pb.FeatureSet
_DEFAULTS = {
    "proto2": _F(
        field_presence=_F.EXPLICIT, enum_type=_F.CLOSED, repeated_field_encoding=_F.EXPANDED, message_encoding=_F.LENGTH_PREFIXED
    ),
    "proto3": _F(
        field_presence=_F.IMPLICIT, enum_type=_F.OPEN, repeated_field_encoding=_F.PACKED, message_encoding=_F.LENGTH_PREFIXED
    ),
    "editions": _F(
        field_presence=_F.EXPLICIT, enum_type=_F.OPEN, repeated_field_encoding=_F.PACKED, message_encoding=_F.LENGTH_PREFIXED
    ),
}
_TYPES = {value.number: value.name.removeprefix("TYPE_").lower() for value in pb.FieldDescriptorProto.Type.DESCRIPTOR.values}
_WELL_KNOWN = "google.protobuf."
_WELL_KNOWN_ENUMS = frozenset({"google.protobuf.NullValue", "google.protobuf.Syntax"})
_OPTIONS_OF_FILES = "google.protobuf."
"""Extensions of what the compiler itself reads say nothing of the wire."""


def link(files: Iterable[pb.FileDescriptorProto], lines: Marks) -> Schema:
    """The model of all the files together. A type that is in none of them stays `unknown`, under the name as written."""
    return _Linker(tuple(files), lines).schema()


class _Linker:
    def __init__(self, files: tuple[pb.FileDescriptorProto, ...], lines: Marks) -> None:
        self.files = files
        self.lines = lines
        self.kinds: dict[str, str] = {}
        self.entries: dict[str, pb.DescriptorProto] = {}
        self.messages: dict[str, Message] = {}
        self.enums: dict[str, Enum] = {}
        self.services: dict[str, Service] = {}
        self.extensions: dict[tuple[str, int], tuple[str, Field]] = {}

    def schema(self) -> Schema:
        for file in self.files:
            self._names(file.message_type, file.enum_type, file.package)
        for file in self.files:
            features = _merged(_DEFAULTS.get(file.syntax or "proto2", _DEFAULTS["editions"]), file.options)
            self._definitions(file, file.package, file.package, "", features)
            for service in file.service:
                self._service(service, file.package)
        return Schema(
            messages=self.messages, enums=self.enums, services=self.services, extensions=self.extensions, lines=self.lines
        )

    def _names(self, messages: Iterable[pb.DescriptorProto], enums: Iterable[pb.EnumDescriptorProto], scope: str) -> None:
        for enum in enums:
            self.kinds[_inside(scope, enum.name)] = "enum"
        for message in messages:
            full = _inside(scope, message.name)
            self.kinds[full] = "message"
            if message.options.map_entry:
                self.entries[full] = message
            self._names(message.nested_type, message.enum_type, full)

    def _definitions(
        self, holder: pb.FileDescriptorProto | pb.DescriptorProto, scope: str, package: str, outer: str, features: pb.FeatureSet
    ) -> None:
        for enum in holder.enum_type:
            self._enum(enum, scope, package, outer, features)
        for extension in holder.extension:
            extended, _ = self._resolved(extension.extendee, scope)
            if not extended.startswith(_OPTIONS_OF_FILES):
                made = self._field(extension, scope, "", features)
                self.extensions[extended, made.number] = (_inside(scope, made.name), made)
        nested = holder.message_type if isinstance(holder, pb.FileDescriptorProto) else holder.nested_type
        for message in nested:
            if not message.options.map_entry:
                self._message(message, scope, package, outer, features)

    def _message(self, message: pb.DescriptorProto, scope: str, package: str, outer: str, above: pb.FeatureSet) -> None:
        full, features = _inside(scope, message.name), _merged(above, message.options)
        fields = (
            self._field(each, full, message.oneof_decl[each.oneof_index].name if _in_oneof(each, message) else "", features)
            for each in message.field
        )
        self.messages[full] = Message(
            name=full,
            package=package,
            outer=outer,
            fields={each.number: each for each in fields},
            reserved=Ranges(spans=tuple((each.start, each.end - 1) for each in message.reserved_range)),
            extensible=Ranges(spans=tuple((each.start, each.end - 1) for each in message.extension_range)),
            deprecated=message.options.deprecated,
        )
        self._definitions(message, full, package, full, features)

    def _field(self, each: pb.FieldDescriptorProto, scope: str, oneof: str, above: pb.FeatureSet) -> Field:
        features = _merged(above, each.options)
        named, type_, key = "", _TYPES.get(each.type, "unknown"), ""
        count = Count.SINGLE
        if each.label == each.LABEL_REPEATED:
            count = Count.REPEATED
        elif each.label == each.LABEL_REQUIRED or features.field_presence == _F.LEGACY_REQUIRED:
            count = Count.REQUIRED
        if each.type_name:
            named, kind = self._resolved(each.type_name, scope)
            type_ = type_ if type_ == "group" else kind
            if type_ == "message" and features.message_encoding == _F.DELIMITED and named not in self.entries:
                type_ = "group"
        if count is Count.REPEATED and named in self.entries:
            parts = {
                part.number: self._field(part, named, "", features)
                for part in self.entries[named].field
                if part.label != part.LABEL_REPEATED
            }
            if 1 in parts and 2 in parts:
                key, type_, named = parts[1].type, parts[2].type, parts[2].named
        present = count is Count.SINGLE and (
            bool(oneof)
            or each.proto3_optional
            or type_ in ("message", "group", "unknown")
            or features.field_presence != _F.IMPLICIT
        )
        return Field(
            number=each.number,
            name=each.name,
            json_name=each.json_name or _camel(each.name),
            type=type_,
            named=named,
            count=count,
            present=present,
            oneof=oneof,
            key=key,
            default=_number(each.default_value, type_) if each.HasField("default_value") else None,
            deprecated=each.options.deprecated,
        )

    def _enum(self, enum: pb.EnumDescriptorProto, scope: str, package: str, outer: str, above: pb.FeatureSet) -> None:
        values: dict[int, tuple[str, ...]] = {}
        for value in enum.value:
            values[value.number] = (*values.get(value.number, ()), value.name)
        full = _inside(scope, enum.name)
        self.enums[full] = Enum(
            name=full,
            package=package,
            outer=outer,
            values=values,
            deprecated_values=frozenset(value.name for value in enum.value if value.options.deprecated),
            closed=_merged(above, enum.options).enum_type == _F.CLOSED,
            deprecated=enum.options.deprecated,
        )

    def _service(self, service: pb.ServiceDescriptorProto, package: str) -> None:
        full = _inside(package, service.name)
        self.services[full] = Service(
            name=full,
            package=package,
            methods={
                each.name: Method(
                    name=each.name,
                    sends=self._resolved(each.input_type, full)[0],
                    answers=self._resolved(each.output_type, full)[0],
                    streams_in=each.client_streaming,
                    streams_out=each.server_streaming,
                    deprecated=each.options.deprecated,
                )
                for each in service.method
            },
            deprecated=service.options.deprecated,
        )

    def _resolved(self, written: str, scope: str) -> tuple[str, str]:
        """Full name and kind, looked for from the innermost scope outwards."""
        if written.startswith("."):
            written, scope = written[1:], ""
        for around in _scopes(scope):
            full = _inside(around, written)
            if full in self.kinds:
                return full, self.kinds[full]
        return written, "message" if written.startswith(_WELL_KNOWN) and written not in _WELL_KNOWN_ENUMS else "unknown"


def _scopes(scope: str) -> Iterator[str]:
    while scope:
        yield scope
        scope = scope.rpartition(".")[0]
    yield ""


def _in_oneof(each: pb.FieldDescriptorProto, message: pb.DescriptorProto) -> bool:
    return each.HasField("oneof_index") and not each.proto3_optional and 0 <= each.oneof_index < len(message.oneof_decl)


def _inside(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _number(written: str, type_: str) -> str:
    """A default as every way of writing it means it: `0x10` is `16`, `-1.5e3` is `-1500`."""
    try:
        if type_ in ("float", "double"):
            return f"{float(written):.17g}"
        return written if type_ in ("string", "bytes", "enum", "bool") else str(int(written, 0))
    except ValueError:
        return written


def _camel(name: str) -> str:
    """The name in JSON, as the compiler makes it."""
    head, *parts = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in parts)


def _merged(above: pb.FeatureSet, options: object) -> pb.FeatureSet:
    own = getattr(options, "features", None)
    if not isinstance(own, pb.FeatureSet) or not own.ByteSize():
        return above
    made = pb.FeatureSet()
    made.CopyFrom(above)
    made.MergeFrom(own)
    return made
