"""What is fuzzed: each target turns a hypothesis example into one run of the whole diff."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from schemas import formats
from tests.fuzz.corpus import grown
from tests.fuzz.documents import descriptions, edited, jsonschemas, swaggers, written

Case = tuple[str | None, bytes, bytes]
"""A format (None: to be recognised) and two documents."""
_FORMATS = formats.names()


def _of(format: str, pairs: st.SearchStrategy[tuple[bytes, bytes]]) -> st.SearchStrategy[Case]:
    return pairs.map(lambda pair: (format, *pair))


TARGETS: Mapping[str, st.SearchStrategy[Case]] = {
    "bytes": st.tuples(st.sampled_from((None, *_FORMATS)), st.binary(max_size=200), st.binary(max_size=200)),
    "text": st.tuples(st.sampled_from((None, *_FORMATS)), st.text(max_size=100).map(str.encode), st.just(b"{}")),
    "schemas": _of("jsonschema", edited(jsonschemas()).map(written)),
    "descriptions": _of("openapi", edited(descriptions()).map(written)),
    "swaggers": _of("openapi", edited(swaggers()).map(written)),
    "across": _of("openapi", st.tuples(descriptions(), swaggers()).map(written)),
    **{f"{name}-corpus": _of(name, grown(name)) for name in _FORMATS},
}
"""By name. The last ones grow from the corpus of each format."""
