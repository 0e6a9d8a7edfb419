"""Rows of the catalogue that several formats report alike."""

from __future__ import annotations

from schemas.change import Impact
from schemas.rules.rule import Rule, table

B, R, S = Impact.BREAKING, Impact.RISKY, Impact.SAFE

RULES = table(
    (
        Rule(id="op.added", request=S, response=S, because="nobody of ours calls what was not there"),
        Rule(
            id="op.deprecated",
            request=S,
            response=S,
            notice=True,
            because="a deprecation works as before, and is the vendor's word that it will not for ever",
        ),
        Rule(
            id="property.optional-added",
            request=S,
            response=S,
            because="we need not send it, and readers pass over what they do not know",
        ),
        Rule(
            id="property.required-added",
            request=B,
            response=S,
            because="what we send today lacks it and is refused; readers pass over what they do not know",
        ),
        Rule(id="param.optional-added", request=S, response=None, because="leaving it out means what it meant before"),
        Rule(
            id="null.added",
            request=S,
            response=B,
            widens=False,
            because="code that reads the value may meet null where there was always a value",
        ),
        Rule(
            id="null.removed",
            request=B,
            response=S,
            because="an explicit null that we send is refused; a reader is only promised more",
        ),
        Rule(
            id="default.changed",
            request=R,
            response=R,
            because="whoever leaves the value out gets another one, without an error",
        ),
        Rule(
            id="enum.value-added",
            request=S,
            response=R,
            widens=True,
            because="a reader that switches over the known values meets one more; vendors count this as compatible",
        ),
        Rule(
            id="enum.lifted",
            request=S,
            response=R,
            widens=True,
            because="a closed list may now hold anything, which a reader that maps its values does not expect",
        ),
        Rule(id="condition.added", request=B, response=S, because="combinations that were accepted are now refused"),
        Rule(id="condition.removed", request=S, response=B, because="a guarantee about combinations is gone"),
        Rule(
            id="schema.unclassified",
            request=R,
            response=R,
            about_data=False,
            because="something that carries meaning changed, and no rule knows how: a person should look",
        ),
    )
)
