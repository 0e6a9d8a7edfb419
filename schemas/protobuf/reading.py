"""Bytes into the model: text or descriptors, whichever they are."""

from __future__ import annotations

from google.protobuf import descriptor_pb2 as pb
from google.protobuf.message import DecodeError

from schemas.errors import Unreadable
from schemas.protobuf.linking import link
from schemas.protobuf.model import Schema
from schemas.protobuf.parser import parse


def read(raw: bytes) -> Schema:
    """The schema of a `.proto` file or of a serialized `FileDescriptorSet`; raises `Unreadable`."""
    descriptors = _descriptors(raw)
    if descriptors is not None:
        return link(descriptors.file, {})
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        raise Unreadable(
            "neither a .proto file nor a set of descriptors: the text is not UTF-8",
            where=f"byte {error.start}",
            hint="a set of descriptors is made by `protoc --include_imports --descriptor_set_out=...`",
        ) from None
    file, lines = parse(text)
    if not (file.message_type or file.enum_type or file.service or file.extension):
        raise Unreadable("a .proto file that defines nothing", hint="name the file that holds the messages")
    return link((file,), lines)


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
