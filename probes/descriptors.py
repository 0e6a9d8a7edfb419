"""The files that a server describes itself with, gathered one by one into a set in which nothing is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from probes.errors import Unfit

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

_WELL_KNOWN = "google/protobuf/"
"""What comes with every compiler; many servers do not serve these files, and nothing is lost without them."""


class Gathered:
    """The files so far, by name. `where` is the server for the error texts; every method may raise `Unfit`."""

    def __init__(self, where: str, max_files: int) -> None:
        self._where = where
        self._max_files = max_files
        self._files: dict[str, FileDescriptorProto] = {}
        self._services: set[str] = set()
        self._imported: set[str] = set()
        self._absent: set[str] = set()

    def add(self, raws: Iterable[bytes]) -> None:
        """Take the serialized files of one answer. Servers repeat themselves, which is no harm while they say the same."""
        from google.protobuf.descriptor_pb2 import FileDescriptorProto
        from google.protobuf.message import DecodeError

        for raw in raws:
            try:
                file = FileDescriptorProto.FromString(raw)
            except DecodeError:
                raise Unfit(f"{self._where} answered with something that is no description of a file") from None
            file.ClearField("source_code_info")  # comments never break anybody, and would make a snapshot at each polish
            if not file.name:
                raise Unfit(f"{self._where} answered with a file that has no name")
            known = self._files.setdefault(file.name, file)
            if known is not file and known != file:
                raise Unfit(f"{self._where} answered with two different files of the name {shown(file.name)}")
            self._services.update(f"{file.package}.{each.name}".lstrip(".") for each in file.service)
            self._imported.update(file.dependency)
            self._count(max(len(self._files), len(self._imported)))

    def defines(self, service: str) -> bool:
        """True if one of the files defines it."""
        return service in self._services

    def holds(self, name: str) -> bool:
        """True if the file has come."""
        return name in self._files

    def missing(self) -> Sequence[str]:
        """The imports that have not come yet, by name; empty when the set is whole."""
        wanted = self._imported - self._files.keys() - self._absent
        self._count(len(self._files) + len(wanted))
        return sorted(wanted)

    def do_without(self, name: str) -> None:
        """The server does not have this import."""
        if not name.startswith(_WELL_KNOWN):
            by = min(file.name for file in self._files.values() if name in file.dependency)
            raise Unfit(f"{self._where}: {shown(by)} imports {shown(name)}, which the server does not have")
        self._absent.add(name)

    def serialized(self) -> bytes:
        """The `FileDescriptorSet`: imports before what imports them, by name where that leaves a choice. The order in which
        the files came does not show, so an unchanged server gives equal bytes."""
        from google.protobuf.descriptor_pb2 import FileDescriptorSet

        graph = {name: sorted(set(file.dependency) & self._files.keys()) for name, file in self._files.items()}
        sorter = TopologicalSorter(graph)
        try:
            sorter.prepare()
        except CycleError as error:
            circle = " -> ".join(shown(name) for name in error.args[1][:4])
            raise Unfit(f"{self._where}: its files import each other in a circle ({circle})") from None
        made = FileDescriptorSet()
        while ready := sorted(sorter.get_ready()):
            made.file.extend(self._files[name] for name in ready)
            sorter.done(*ready)
        return made.SerializeToString(deterministic=True)

    def _count(self, files: int) -> None:
        if files > self._max_files:
            text = f"{self._where} describes itself in more than the {self._max_files:,} files allowed"
            raise Unfit(f"{text}; name what you use under `services`, or raise `max_files`")


def shown(name: str) -> str:
    """A name that a server made up, for an error text: of one line and no great length."""
    return re.sub(r"[^\w./+-]", "?", name if len(name) <= 60 else f"{name[:57]}...", flags=re.ASCII)
