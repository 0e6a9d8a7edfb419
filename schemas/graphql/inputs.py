"""What changed in arguments and input fields: things that we send, and may leave out where they have a default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from schemas.change import Direction, Finding
from schemas.document import Json
from schemas.graphql.model import Input
from schemas.graphql.place import Place
from schemas.graphql.references import step


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """The rules of arguments, or those of input fields, and what to call one."""

    noun: str
    removed: str
    required: str
    optional: str


ARGUMENT = _Words(noun="argument", removed="gql.arg.removed", required="gql.arg.required-added", optional="param.optional-added")
INPUT_FIELD = _Words(
    noun="input field",
    removed="gql.input.field-removed",
    required="gql.input.field-required-added",
    optional="property.optional-added",
)
DIRECTIVE_ARGUMENT = replace(ARGUMENT, removed="gql.directive.removed")


def compare_inputs(
    old: Mapping[str, Input], new: Mapping[str, Input], words: _Words, owner: Place, twice: Mapping[str, tuple[object, ...]]
) -> Iterator[Finding]:
    """Every edit of the arguments of `owner`, or of its input fields. `twice`: every variant of those defined again."""
    for name, before in old.items():
        place = _at(owner, name, words)
        after = new.get(name)
        if after is None:
            if before.deprecated and not owner.pair.new.all_inputs:
                continue  # it may be there: the new answer does not show what is deprecated
            yield from place.find(
                words.removed,
                f"{words.noun} `{place.address}` is gone",
                f"operations that send `{place.address}` no longer validate",
                before=_gist(before),
                gone=True,
            )
        elif before != after and before not in twice.get(name, ()):
            yield from _changed(before, after, words, place)
    for name, added in new.items():
        if name not in old:
            place = _at(owner, name, words)
            yield from place.find(
                words.required if added.required else words.optional,
                f"{words.noun} `{place.address}` is new" + (" and required" if added.required else ""),
                f"operations that leave `{place.address}` out no longer validate" if added.required else "",
                after=_gist(added),
                occurs=Direction.REQUEST,
            )


def _at(owner: Place, name: str, words: _Words) -> Place:
    return replace(owner, member=name) if words is INPUT_FIELD else replace(owner, argument=name)


def _gist(of: Input) -> Json:
    return {"type": of.type, "default": of.default}


def _changed(old: Input, new: Input, words: _Words, place: Place) -> Iterator[Finding]:
    retyped = step(old.type, new.type)
    became_required = new.required and not old.required
    only_outermost = retyped.fits and not step(old.type, new.type.removesuffix("!")).tighter
    if became_required and only_outermost:
        how = "has no default any more" if old.type == new.type else f"is {new.type}, was {old.type}"
        yield from place.find(
            words.required,
            f"{words.noun} `{place.address}` is required: it {how}",
            f"operations that leave `{place.address}` out no longer validate",
            before=_gist(old),
            after=_gist(new),
        )
    elif not retyped.fits or retyped.tighter:
        yield from place.find(
            "gql.arg.type-changed",
            f"{words.noun} `{place.address}` is {new.type}, was {old.type}",
            f"values and variables of the old type are refused for `{place.address}`",
            before=_gist(old),
            after=_gist(new),
        )
    else:
        if retyped.looser:
            yield from place.find(
                "null.added",
                f"{words.noun} `{place.address}` is {new.type}, was {old.type}",
                before=_gist(old),
                after=_gist(new),
                occurs=Direction.REQUEST,
            )
        # Nobody could leave it out before, so nobody gets the new default without knowing.
        if not _same_default(old.default, new.default) and not old.required:
            yield from place.find(
                "gql.arg.default-changed",
                f"{words.noun} `{place.address}` defaults to {new.default or 'nothing'}, was {old.default or 'nothing'}",
                f"operations that leave `{place.address}` out get another result",
                before=_gist(old),
                after=_gist(new),
            )
    if old.deprecated is False and new.deprecated is True:
        yield from place.find(
            "op.deprecated",
            f"{words.noun} `{place.address}` is deprecated",
            f"`{place.address}` may be gone one day",
            before={"deprecated": False},
            after={"deprecated": True},
            occurs=Direction.REQUEST,
        )


def _same_default(old: str | None, new: str | None) -> bool:
    """No default and null are one to a server that does not tell them apart, and few do."""
    return (old or "null") == (new or "null")
