"""The set of files that a server describes itself with: the same bytes however they came, and nothing but errors of ours."""

from __future__ import annotations

from contextlib import suppress

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st

from probes.descriptors import Gathered, shown
from probes.errors import Unfit

# Imports only lead to files of smaller numbers, so none goes in a circle.
GRAPHS = st.lists(st.lists(st.integers(0, 11), max_size=4), min_size=1, max_size=12).map(
    lambda rows: {number: {each for each in row if each < number} for number, row in enumerate(rows)}
)


def raw(number: int, imports: set[int]) -> bytes:
    # The order of the names is not that of the imports.
    names = [f"acme/{-each % 7}-{each}.proto" for each in (number, *sorted(imports))]
    return FileDescriptorProto(name=names[0], dependency=names[1:], syntax="proto3").SerializeToString()


@given(GRAPHS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_show_and_imports_come_first(graph: dict[int, set[int]], chance: object) -> None:
    made = []
    for _ in range(2):
        files = [raw(number, imports) for number, imports in graph.items()]
        chance.shuffle(files)  # type: ignore[attr-defined]  # because the strategy's type names no methods
        gathered = Gathered("acme", 100)
        gathered.add(files)
        gathered.add(files[:3])
        assert gathered.missing() == []
        made.append(gathered.serialized())
    assert made[0] == made[1]
    seen: set[str] = set()
    for file in FileDescriptorSet.FromString(made[0]).file:
        assert set(file.dependency) <= seen
        seen.add(file.name)
    assert len(seen) == len(graph)


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_whatever_bytes_come_they_are_taken_or_unfit(raws: list[bytes]) -> None:
    gathered = Gathered("acme", 100)
    with suppress(Unfit):
        gathered.add(raws)
        gathered.missing()
        gathered.serialized()


def test_messages_nested_beyond_reason_are_unfit() -> None:
    inner = b""
    for _ in range(5000):  # field 3 of a message is the messages inside of it, field 4 of a file those of the file
        inner = b"\x1a" + _length(len(inner)) + inner
    with pytest.raises(Unfit, match="no description of a file"):
        Gathered("acme", 100).add([b"\x0a\x01a" + b"\x22" + _length(len(inner)) + inner])


def _length(size: int) -> bytes:
    coded = bytearray()
    while size > 127:
        coded.append(size & 127 | 128)
        size >>= 7
    return bytes((*coded, size))


def test_a_chain_of_imports_as_long_as_it_may_be_is_put_in_order() -> None:
    gathered = Gathered("acme", 20_000)
    gathered.add(raw(number, {number - 1} if number else set()) for number in range(20_000))
    assert len(FileDescriptorSet.FromString(gathered.serialized()).file) == 20_000


@given(st.text(max_size=200))
def test_a_name_is_shown_on_one_line(name: str) -> None:
    assert len(shown(name)) <= 60
    assert shown(name).isascii()
    assert shown(name).isprintable() or not name
