"""What changed in the types of messages: each pair of types is entered once, so cycles end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from schemas.change import Finding
from schemas.rules import Level
from schemas.wsdl.model import XSD, Complex, Element, Name, Service, local, space
from schemas.wsdl.place import Pair, Place
from schemas.wsdl.simple import compare_texts, resolved


class Types:
    """The pairs of types that are still to be compared. A type that was only moved or renamed is compared all the same."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.old, self.new = pair.old, pair.new
        self.seen: set[tuple[Name, Name]] = set()
        self.waiting: deque[tuple[Name, Name]] = deque()
        self.derived = self.old.written.derived()

    def meet(self, old: Name, new: Name) -> None:
        pair = (old, new)
        if pair not in self.seen and (space(old) != XSD or space(new) != XSD):
            self.seen.add(pair)
            self.waiting.append(pair)

    def walk(self) -> Iterator[Finding]:
        """Everything that changed in the pairs that were met so far, and in those that they lead to."""
        told: set[tuple[str, str]] = set()
        while self.waiting:
            old, new = self.waiting.popleft()
            for finding in self._pair(old, new):
                if (finding.rule, finding.address) not in told:
                    told.add((finding.rule, finding.address))
                    yield finding
            for name in self.derived.get(old, ()):
                if name in self.new.complex:
                    self.meet(name, name)  # what derives from a type may stand in its place

    def unreached(self) -> None:
        """Named types that no message holds may travel all the same: as any content, in events, in files."""
        reached = {old for old, _ in self.seen}
        for kind in ("complexType", "simpleType"):
            for key in self.old.written.nodes:
                name = key.name
                if key.kind == kind and name not in reached and (name in self.new.complex or name in self.new.simple):
                    self.meet(name, name)

    def _pair(self, old: Name, new: Name) -> Iterator[Finding]:
        if old == new and self.pair.same.of(old):
            return  # what it leads to has a name, and is met by that
        if self.unknown(self.old, old) or self.unknown(self.new, new):
            return  # told once, as the part that is not there
        before, after = self.old.complex.get(old), self.new.complex.get(new)
        place = Place(pair=self.pair, name=old)
        if before is not None and after is not None:
            yield from self._complex(place, before, after)
        elif before is None and after is None:
            yield from compare_texts(place, resolved(self.old, old), resolved(self.new, new), (local(old), local(new)))
        else:
            yield from place.find(
                "type.changed",
                f"`{place.address}` is {'a text' if after is None else 'made of elements'} now",
                "it is written in another way",
                before={"elements": before is not None},
                after={"elements": after is not None},
            )

    def unknown(self, service: Service, name: Name) -> bool:
        """Whether it may stand in a part that is not there."""
        if not service.written.unread or space(name) == XSD:
            return False
        return not (name in service.complex or name in service.simple)

    def _complex(self, place: Place, old: Complex, new: Complex) -> Iterator[Finding]:
        was, now = self.old.members(old.name), self.new.members(new.name)
        inherited = {each.name for each in self.old.members(old.base)} if old.base else set[str]()
        by_name = {each.name: each for each in now}
        closed = not self._open(self.new, new.name)
        for before in was:
            after = by_name.get(before.name)
            if before.name in inherited and (after is not None or old.base in self.new.complex):
                continue  # told where it is defined
            at = place.at(before.name)
            if after is None:
                yield from at.find(
                    "property.removed",
                    f"`{at.address}` is gone",
                    f"what we send in it is {'refused' if closed else 'dropped'}, and what we read has none",
                    before={"occurs": before.occurs, "type": local(before.type)},
                    gone=True,
                    sends=Level.BREAKING if closed else None,
                )
            else:
                yield from self.element(at, before, after)
        if old.base:
            self.meet(old.base, new.base if new.base else old.base)
        known = {each.name for each in was}
        above = {each.name for each in self.new.members(new.base)} if new.base else set[str]()
        for after in now:
            if after.name in known or (after.name in above and new.base in self.old.complex):
                continue
            needed = after.least > 0 and not after.choice and after.default is None and after.fixed is None
            at = place.at(after.name)
            yield from at.find(
                "property.required-added" if needed else "property.optional-added",
                f"`{at.address}` is new{' and required' if needed else ''}",
                "a request without it is refused" if needed else "",
                after={"occurs": after.occurs, "type": local(after.type)},
            )
        yield from self._order(place, old, new)
        if self._open(self.old, old.name) == closed:
            yield from place.find(
                "object.closed" if closed else "object.opened",
                f"`{place.address}` {'holds no elements but its own' if closed else 'may hold any elements'}",
                before={"open": closed},
                after={"open": not closed},
            )
        if old.text and new.text:
            yield from compare_texts(
                place, resolved(self.old, old.text), resolved(self.new, new.text), (local(old.text), local(new.text))
            )

    def _open(self, service: Service, name: Name) -> bool:
        seen = set[Name]()
        while name in service.complex and name not in seen:
            if service.complex[name].open:
                return True
            seen.add(name)
            name = service.complex[name].base
        return False

    def _order(self, place: Place, old: Complex, new: Complex) -> Iterator[Finding]:
        before, after = ([each.name for each in one.elements if not each.choice] for one in (old, new))
        kept, stays = [name for name in before if name in after], [name for name in after if name in before]
        if kept != stays and old.ordered and new.ordered:
            yield from place.find(
                "wsdl.order-changed",
                f"the elements of `{place.address}` come in another order",
                "a reader that follows the sequence meets what it does not expect",
                before=[*kept],
                after=[*stays],
            )

    def element(self, at: Place, old: Element, new: Element) -> Iterator[Finding]:
        yield from _occurs(at, old, new)
        if old.nillable != new.nillable:
            yield from at.find(
                "null.added" if new.nillable else "null.removed",
                f"`{at.address}` may {'' if new.nillable else 'no longer '}be nil",
                "a nil arrives where none ever could" if new.nillable else "a nil that we send is refused",
                before={"nillable": old.nillable},
                after={"nillable": new.nillable},
            )
        if old.default != new.default:
            yield from at.find(
                "default.changed",
                f"the default of `{at.address}` is {new.default or 'none'}, was {old.default or 'none'}",
                before=old.default,
                after=new.default,
            )
        if old.fixed != new.fixed:
            yield from at.find(
                "const.added" if old.fixed is None else "const.removed" if new.fixed is None else "const.changed",
                f"`{at.address}` is always {new.fixed or 'what is written'}, was {old.fixed or 'free'}",
                before=old.fixed,
                after=new.fixed,
            )
        plain = old.type not in self.old.complex and new.type not in self.new.complex
        own = old.type != new.type or old.type.endswith("/")
        if plain and own:
            written = (local(old.type), local(new.type))
            yield from compare_texts(at, resolved(self.old, old.type), resolved(self.new, new.type), written)
        elif self.unknown(self.old, old.type) or self.unknown(self.new, new.type):
            return
        elif (old.type in self.old.complex) != (new.type in self.new.complex):
            yield from at.find(
                "type.changed",
                f"`{at.address}` is {local(new.type)}, was {local(old.type)}",
                "it is written in another way",
                before={"type": local(old.type)},
                after={"type": local(new.type)},
            )
        else:
            self.meet(old.type, new.type)


def _occurs(at: Place, old: Element, new: Element) -> Iterator[Finding]:
    """Tightened bounds meet what we send, loosened ones what we read."""
    if old.choice or new.choice or (old.least, old.most) == (new.least, new.most):
        return
    most = (float("inf") if old.most is None else old.most, float("inf") if new.most is None else new.most)
    tightened, loosened = new.least > old.least or most[1] < most[0], new.least < old.least or most[1] > most[0]
    if old.attribute:
        yield from at.find(
            "property.became-required" if tightened else "property.became-optional",
            f"`{at.address}` is {'required' if tightened else 'optional'} now",
            before={"required": old.least},
            after={"required": new.least},
        )
        return
    yield from at.find(
        "wsdl.occurs-changed",
        f"`{at.address}` stands there {new.occurs} times, was {old.occurs}",
        "a request of today may hold too few or too many" if tightened else "an answer may hold fewer or more than ever before",
        before={"occurs": old.occurs},
        after={"occurs": new.occurs},
        sends=None if tightened else Level.SAFE,
        reads=None if loosened else Level.SAFE,
    )
