"""What changed in a SOAP service, from its operations down through the types of their messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

from schemas.change import Finding
from schemas.lens import Lens
from schemas.reach import Reach
from schemas.rules import Level
from schemas.wsdl.model import Name, Operation, Service, local
from schemas.wsdl.place import Pair, Place
from schemas.wsdl.reach import edges
from schemas.wsdl.types import Types
from schemas.wsdl.written import Same

_VERSION = re.compile(r"v?\d+(?:[._-]\d+)*")


def compare_services(old: Service, new: Service, lens: Lens) -> Iterator[Finding]:
    """Every edit, once."""
    yield from _Walk(
        Pair(old=old, new=new, lens=lens, reach=Reach(partial(edges, old)), same=Same(old.written, new.written))
    ).service()


class _Walk:
    """From the operations down to the types of their messages."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.old, self.new = pair.old, pair.new
        self.types = Types(pair)
        self.hidden = False

    def service(self) -> Iterator[Finding]:
        yield from self._unread()
        yield from self._namespaces()
        yield from self._addresses()
        by_name = {each.name: each for each in self.new.operations.values()}
        kept = {each.port_type for each in self.new.operations.values()}
        for key, operation in self.old.operations.items():
            now = self.new.operations.get(key) or (None if operation.port_type in kept else by_name.get(operation.name))
            yield from self._operation(key, operation, now)
        for key, operation in self.new.operations.items():
            if key not in self.old.operations and not any(operation.name == each.name for each in self.old.operations.values()):
                place = Place(pair=self.pair, name=key, operations=(operation.name,))
                yield from place.find("op.added", f"operation `{operation.name}` is new", after={"operation": operation.name})
        if not self.old.operations:
            yield from self._bare()
        yield from self.types.walk()
        self.types.unreached()
        yield from self.types.walk()
        yield from self._substitutes()

    def _unread(self) -> Iterator[Finding]:
        """A part that was there and is not: everything in it may be gone, or nothing. It is told as what it is, and once."""
        for name, because in self.new.written.unread.items():
            if name not in self.old.written.unread:
                self.hidden = True
                yield from Place(pair=self.pair, name=name, operations=()).find(
                    "schema.ref-unresolved",
                    f"`{name}` is imported, and is not to be had{f': {because}' if because else ''}",
                    "what stands in it cannot be compared; the service's own tools fail to read it, too",
                    after={"part": name},
                )

    def _namespaces(self) -> Iterator[Finding]:
        if self.hidden:
            return
        for target in sorted(self.old.qualified.keys() - self.new.qualified.keys()):
            fresh = sorted(self.new.qualified.keys() - self.old.qualified.keys())
            now = fresh[0] if len(fresh) == 1 else None
            yield from Place(pair=self.pair, name=target or "(no namespace)", operations=()).find(
                "wsdl.namespace-changed",
                f"namespace `{target}` is {f'`{now}` now' if now else 'gone'}",
                "every element of it is another element",
                before={"namespace": target},
                after={"namespace": now},
                gone=True,
            )
        for target, qualified in self.old.qualified.items():
            if self.new.qualified.get(target, qualified) != qualified:
                yield from Place(pair=self.pair, name=target or "(no namespace)", operations=()).find(
                    "wsdl.namespace-changed",
                    f"elements of `{target}` are {'no longer ' if qualified else ''}qualified by their namespace",
                    "every local element has another name",
                    before={"qualified": qualified},
                    after={"qualified": not qualified},
                )

    def _addresses(self) -> Iterator[Finding]:
        for port, before in self.old.addresses.items():
            after = self.new.addresses.get(port)
            if after is None and len(self.old.addresses) == len(self.new.addresses) == 1:
                (after,) = self.new.addresses.values()  # the name of a port is not on the wire
            place = Place(pair=self.pair, name=f"port {port}", operations=())
            if after is None and self.hidden:
                continue
            if after is None:
                yield from place.find(
                    "wsdl.operation.removed", f"port `{port}` is gone", "calls to its address fail", before=before, gone=True
                )
            elif _unversioned(before) != _unversioned(after):
                yield from place.find(
                    "wsdl.address-changed",
                    f"`{port}` is served at {after}, was {before}",
                    "calls to the old address fail when it is taken away",
                    before=before,
                    after=after,
                )

    def _operation(self, key: str, old: Operation, new: Operation | None) -> Iterator[Finding]:
        place = Place(pair=self.pair, name=key, operations=(old.name,))
        if new is None and self.hidden:
            return
        if new is None:
            yield from place.find(
                "wsdl.operation.removed",
                f"operation `{old.name}` is gone",
                f"calls of `{old.name}` are answered with a fault",
                before={"operation": old.name},
                gone=True,
            )
            return
        if old.style != new.style and old.style and new.style:
            yield from place.find(
                "wsdl.operation.removed",
                f"the binding of `{old.name}` is {new.style}, was {old.style}",
                "the body of the message is written in another way",
                before={"style": old.style},
                after={"style": new.style},
            )
        if (old.action or "") != (new.action or ""):
            yield from place.find(
                "wsdl.address-changed",
                f"the soapAction of `{old.name}` is `{new.action or ''}`, was `{old.action or ''}`",
                "a call with the old action is refused",
                before=old.action,
                after=new.action,
            )
        yield from self._parts(place, "takes", old.sends, new.sends, sends=True)
        if old.answers is None or new.answers is None:
            if old.answers != new.answers:
                yield from place.find(
                    "resp.body-removed" if new.answers is None else "resp.body-added",
                    f"`{old.name}` {'answers nothing' if new.answers is None else 'answers'} now",
                    before={"answers": old.answers is not None},
                    after={"answers": new.answers is not None},
                )
        else:
            yield from self._parts(place, "answers with", old.answers, new.answers, sends=False)
        for fault, parts in old.faults.items():
            if fault not in new.faults:
                yield from place.find("resp.error-removed", f"fault `{fault}` of `{old.name}` is gone", before=fault, gone=True)
            else:
                self._pairs(parts, new.faults[fault])
        headers = {local(name): name for name in new.headers}
        for name in old.headers:
            if local(name) in headers:
                self._pairs((("", name),), (("", headers[local(name)]),))
            else:
                yield from place.find(
                    "param.removed",
                    f"header `{local(name)}` of `{old.name}` is gone",
                    "what we send in it is dropped",
                    before=local(name),
                )

    def _parts(
        self, place: Place, verb: str, old: tuple[tuple[str, Name], ...], new: tuple[tuple[str, Name], ...], *, sends: bool
    ) -> Iterator[Finding]:
        """Parts of one message: elements by their names, which are on the wire, types by the names of the parts."""
        before = [self._wired(self.old, part) for part in old]
        after = [self._wired(self.new, part) for part in new]
        if before != after:
            yield from place.find(
                "type.changed",
                f"`{place.address.rpartition('.')[2]}` {verb} {_listed(after)}, was {_listed(before)}",
                "the body of the message is another one",
                before={verb: [*before]},
                after={verb: [*after]},
                sends=None if sends else Level.ABSENT,
                reads=Level.ABSENT if sends else None,
            )
        else:
            self._pairs(old, new)

    def _wired(self, service: Service, part: tuple[str, Name]) -> str:
        return local(part[1]) if part[1] in service.elements or self.types.unknown(service, part[1]) else part[0]

    def _pairs(self, old: tuple[tuple[str, Name], ...], new: tuple[tuple[str, Name], ...]) -> None:
        for (_, before), (_, after) in zip(old, new, strict=False):
            was, now = self.old.elements.get(before), self.new.elements.get(after)
            self.types.meet(before if was is None else was.type, after if now is None else now.type)

    def _bare(self) -> Iterator[Finding]:
        """A schema without operations: what stands at its top is what travels."""
        for name, element in self.old.elements.items():
            now = self.new.elements.get(name)
            if now is None and self.hidden:
                continue
            if now is None:
                place = Place(pair=self.pair, name=name)
                yield from place.find("property.removed", f"element `{local(name)}` is gone", before=local(name), gone=True)
            else:
                yield from self.types.element(Place(pair=self.pair, name=name), element, now)

    def _substitutes(self) -> Iterator[Finding]:
        before, after = self.old.written.substitutes(), self.new.written.substitutes()
        for head, names in before.items():
            place = Place(pair=self.pair, name=head)
            for name in () if self.hidden else sorted(names - after.get(head, frozenset())):
                yield from place.find(
                    "union.branch-removed", f"`{local(name)}` may no longer stand for `{local(head)}`", before=local(name)
                )
            for name in sorted(after.get(head, frozenset()) - names):
                yield from place.find(
                    "union.branch-added", f"`{local(name)}` may stand for `{local(head)}` now", after=local(name)
                )


def _unversioned(address: str) -> tuple[str, tuple[str, ...]]:
    parts = urlsplit(address)
    steps = (step for step in parts.path.split("/") if not _VERSION.fullmatch(step.lower()))
    return f"{parts.scheme}://{parts.netloc}".lower(), tuple(steps)


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "nothing"
