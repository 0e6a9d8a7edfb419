"""What an answer that does not fit what was learned from answers means. Samples prove presence, hardly ever absence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.rules.rule import row

RULES = (
    row(
        "obs.field-missing",
        "seen at rate p, absent in n samples: B where p >= 0.95, n >= 20 and (1-p)^n <= 1e-6, else R",
        "- B",
        "that often absent by chance is out of the question: readers will find nothing",
    ),
    row("obs.type-drift", "observed type outside the learned set", "- B", "readers parse by the types seen until now"),
    row("obs.null-first-seen", "first null after n without", "- R", "code that reads the value may never have met null"),
    row(
        "obs.enum-first-seen",
        "new value in a learned small domain; only where `learn_values` names the field",
        "- R",
        "a reader that switches over the known values meets one more",
        widens=True,
    ),
    row("obs.undocumented", "an answer contradicts the published schema", "- R", "the schema we rely on is not what is served"),
)

WAIVED: Mapping[str, str] = MappingProxyType(
    {
        "field first seen": "readers pass over what they do not know: told as property.optional-added",
        "rare field absent": "what is absent that often by chance proves nothing",
        "empty array": "it tells nothing of its items",
    }
)
"""What may differ without a risky or breaking finding, and why."""
