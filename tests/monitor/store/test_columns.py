"""Values go into JSON text and come back the same, whatever a vendor put in them."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.store.columns import Codec
from schemas.change import Adjusted, Finding, Impact
from schemas.document import Json
from tests.monitor.store.build import finding

ANY_TEXT = st.text(st.characters(exclude_categories=()))
ANY_JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
FINDING: Codec[Finding] = Codec(Finding)


@settings(deadline=None)  # no wall time is asserted
@given(ANY_TEXT, ANY_JSON, ANY_JSON, st.sampled_from(Impact), st.lists(ANY_TEXT, max_size=3))
def test_any_finding_survives_as_ascii(text: str, before: Json, witness: Json, impact: Impact, members: list[str]) -> None:
    given_one = finding(text, message=text, before=before, witness=witness, request=impact, members=tuple(members))
    stored = FINDING.encode(given_one)
    assert stored.isascii()
    assert repr(FINDING.decode(stored)) == repr(given_one)


def test_an_override_with_an_end_survives() -> None:
    ended = finding("a.b", adjusted=Adjusted(was=Impact.BREAKING, because="our reader copes", until=date(2999, 12, 31)))
    assert FINDING.decode(FINDING.encode(ended)) == ended


def test_a_value_stored_by_an_older_or_newer_version_is_read() -> None:
    stored = '{"rule":"a.b","impact":2,"address":"x","message":"m","of_tomorrow":1}'
    assert FINDING.decode(stored) == Finding(rule="a.b", impact=Impact.BREAKING, address="x", message="m")
