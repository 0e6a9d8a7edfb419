"""What the nodes of a graph gather along its edges, cycles and all, each node looked at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set


class Gather:
    """Answers `of(node)`: what `own` gives for the node and for every node that `edges` lead to from it.

    Nodes that lead to each other gather the same, so each such knot is found once (Tarjan's way, without recursion) and
    holds one set, however often it is asked for.
    """

    def __init__(self, edges: Mapping[str, Iterable[str]], own: Mapping[str, Set[str]]) -> None:
        self._edges, self._own = edges, own
        self._found: dict[str, frozenset[str]] = {}

    def of(self, node: str) -> frozenset[str]:
        """Everything gathered from `node` on; empty for a node that nobody knows."""
        if node not in self._found:
            self._search(node)
        return self._found[node]

    def _search(self, start: str) -> None:
        index, low = {start: 0}, {start: 0}
        open_nodes = [start]
        work: list[tuple[str, Iterator[str]]] = [(start, iter(self._edges.get(start, ())))]
        while work:
            node, targets = work[-1]
            for target in targets:
                if target in self._found:
                    continue
                if target not in index:
                    index[target] = low[target] = len(index)
                    open_nodes.append(target)
                    work.append((target, iter(self._edges.get(target, ()))))
                    break
                low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    self._close(open_nodes, node)

    def _close(self, open_nodes: list[str], first: str) -> None:
        """Gather for the knot that ends the list, from `first` on: all that its nodes lead to is known by now."""
        knot = [open_nodes.pop()]
        while knot[-1] != first:
            knot.append(open_nodes.pop())
        beyond = {id(below): below for node in knot for target in self._edges.get(node, ()) if (below := self._found.get(target))}
        gathered = frozenset().union(*(self._own[node] for node in knot if node in self._own), *beyond.values())
        kept = next((below for below in beyond.values() if len(below) == len(gathered)), gathered)
        self._found.update(dict.fromkeys(knot, kept))
