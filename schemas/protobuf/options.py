"""Options of a `.proto` file: what the wire or a reader cares for is kept, every other value passed over."""

from __future__ import annotations

import re

from google.protobuf import descriptor_pb2 as pb

from schemas.protobuf.words import Kind, Words

_FEATURES = {field.name: field for field in pb.FeatureSet.DESCRIPTOR.fields if field.enum_type is not None}
_ESCAPE = re.compile(r"\\([xX][0-9a-fA-F]{1,2}|[0-7]{1,3}|.)")
_SHORT = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_FLAGS = frozenset({"deprecated", "allow_alias", "packed", "message_set_wire_format", "map_entry"})


def option(words: Words, options: object) -> None:
    words.need("option")
    name = _name(words)
    words.need("=")
    _set(words, options, name)
    words.need(";")


def bracket(words: Words, holder: pb.FieldDescriptorProto | pb.EnumValueDescriptorProto | None) -> None:
    """What stands in brackets behind a number, if anything does."""
    if not words.skip("["):
        return
    while True:
        name = _name(words)
        words.need("=")
        if isinstance(holder, pb.FieldDescriptorProto) and name == "default":
            minus = "-" if words.skip("-") else ""
            quoted = words.word.kind is Kind.TEXT
            said = words.text() if quoted else words.take()
            as_read = quoted and holder.type == holder.TYPE_STRING
            holder.default_value = _ESCAPE.sub(_unescaped, said) if as_read else minus + said
        elif isinstance(holder, pb.FieldDescriptorProto) and name == "json_name":
            holder.json_name = words.text()
        else:
            _set(words, holder.options if holder is not None else None, name)
        if not words.skip(","):
            break
    words.need("]")


def _name(words: Words) -> str:
    parts: list[str] = []
    while True:
        if words.skip("("):
            parts.append(f"({words.path()})")
            words.need(")")
        else:
            parts.append(words.name())
        if not words.skip("."):
            return ".".join(parts)


def _set(words: Words, options: object, name: str) -> None:
    """Keep what the wire or a reader cares for; pass over every other value."""
    if words.word.text == "{" and words.word.kind is Kind.SIGN:
        _aggregate(words, options.features if name == "features" and hasattr(options, "features") else None)
        return
    if words.word.kind is Kind.TEXT:
        words.text()
        return
    minus = words.skip("-") or words.skip("+")
    value = words.take()
    if options is None or minus:
        return
    if name.startswith("features.") and hasattr(options, "features"):
        _feature(options.features, name.removeprefix("features."), value)
    elif name in _FLAGS and value in ("true", "false") and hasattr(options, name):
        setattr(options, name, value == "true")


def _aggregate(words: Words, features: pb.FeatureSet | None) -> None:
    """A value in braces: `{field_presence: IMPLICIT}`. What is not a feature is passed over."""
    depth, before, name = 0, "", ""
    while True:
        word = words.word
        text = words.take()
        if word.kind is not Kind.TEXT:
            depth += (text in ("{", "<", "[")) - (text in ("}", ">", "]"))
            if word.kind is Kind.NAME and before == ":" and features is not None and depth == 1:
                _feature(features, name, text)
            elif word.kind is Kind.NAME:
                name = text
        before = text
        if depth == 0:
            return


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    if code[0] in "xX":
        return chr(int(code[1:], 16))
    return chr(int(code, 8)) if code[0] in "01234567" else _SHORT.get(code, code)


def _feature(features: pb.FeatureSet, name: str, value: str) -> None:
    field = _FEATURES.get(name)
    if field is not None and field.enum_type is not None and value in field.enum_type.values_by_name:
        setattr(features, name, field.enum_type.values_by_name[value].number)
