"""Bytes into the model: text or descriptors, whichever they are."""

from __future__ import annotations

from dataclasses import replace

from google.protobuf import descriptor_pb2 as pb
from google.protobuf.message import DecodeError

from schemas.document import Document
from schemas.errors import Unreadable
from schemas.protobuf.imports import WELL_KNOWN, own_name
from schemas.protobuf.linking import link
from schemas.protobuf.model import Schema
from schemas.protobuf.parser import parse


def read(document: Document) -> Schema:
    """The schema of a `.proto` file with the parts it imports, or of a serialized `FileDescriptorSet`; raises `Unreadable`."""
    descriptors = _descriptors(document.content)
    if descriptors is not None:
        return link(descriptors.file, {})
    first, lines = parse(_text(document.content))
    files, unread, places = [first], dict[str, str](), dict[str, str]()
    kept = {part.name: part for part in document.parts}
    waiting, met = [*first.dependency], {own_name(document)}
    while waiting:
        name = waiting.pop(0)
        if name in met or name.startswith(WELL_KNOWN):
            continue
        met.add(name)
        part = kept.get(name)
        if part is None or part.content is None:
            unread[name] = part.because if part is not None else ""
            continue
        try:
            file, marks = parse(_text(part.content))
        except Unreadable as error:
            raise Unreadable(f"the part {name}: {error.what}", where=error.where, hint=error.hint) from None
        files.append(file)
        waiting += file.dependency
        for each, line in marks.items():
            if each not in lines:
                lines[each], places[each] = line, name
    if not any(file.message_type or file.enum_type or file.service or file.extension for file in files):
        raise Unreadable("a .proto file that defines nothing", hint="name the file that holds the messages")
    return replace(link(files, lines), unread=unread, parts=places)


def _text(raw: bytes) -> str:
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        raise Unreadable(
            "neither a .proto file nor a set of descriptors: the text is not UTF-8",
            where=f"byte {error.start}",
            hint="a set of descriptors is made by `protoc --include_imports --descriptor_set_out=...`",
        ) from None


def _descriptors(raw: bytes) -> pb.FileDescriptorSet | None:
    """None where it is no set of descriptors: each file of one has a name and defines something."""
    if not raw.startswith(b"\n"):
        return None
    made = pb.FileDescriptorSet()
    try:
        made.ParseFromString(raw)
    except DecodeError:
        return None
    return made if made.file and all(file.name and file.ByteSize() > len(file.name) + 2 for file in made.file) else None
