"""What a graph's nodes gather: the same as walking from each, at the cost of walking once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from schemas.engine.gather import Gather
from schemas.engine.taint import closure

_NAMES = st.sampled_from("abcdefgh")
_EDGES = st.dictionaries(_NAMES, st.lists(_NAMES, max_size=4))
_OWN = st.dictionaries(_NAMES, st.frozensets(st.sampled_from("123"), max_size=2))


@given(edges=_EDGES, own=_OWN, asked=st.lists(_NAMES, min_size=1, max_size=8))
def test_a_node_gathers_what_a_walk_from_it_meets_in_whatever_order_nodes_are_asked(
    edges: dict[str, list[str]], own: dict[str, frozenset[str]], asked: list[str]
) -> None:
    gather = Gather(edges, own)

    for node in asked:
        walked = closure((node,), edges)
        assert frozenset().union(*(own.get(each, ()) for each in walked)) == gather.of(node)


def test_the_edges_of_a_node_are_read_twice_at_most_however_many_nodes_of_a_cycle_are_asked() -> None:
    size = 3000
    read: Counter[str] = Counter()

    class Counted(dict[str, list[str]]):
        def get(self, node: str, default: object = None) -> list[str]:  # type: ignore[override]  # because no default is used here
            read[node] += 1
            return self[node]

    edges = Counted({str(n): [str((n + step) % size) for step in (1, 7, size // 2)] for n in range(size)})
    gather = Gather(edges, {"0": {"GET /things"}})

    found: Iterator[frozenset[str]] = (gather.of(str(n)) for n in range(size))

    assert {frozenset({"GET /things"})} == set(found)
    assert max(read.values()) <= 2


def test_a_chain_longer_than_the_stack_is_no_trouble() -> None:
    edges = {str(n): [str(n + 1)] for n in range(50_000)}

    assert frozenset({"end"}) == Gather(edges, {"50000": {"end"}}).of("0")
