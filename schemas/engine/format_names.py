"""Names of formats: which say the same, and which take in others."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.model import Said

WIDER = {
    ("int8", "int16"),
    ("int8", "int32"),
    ("int8", "int64"),
    ("int16", "int32"),
    ("int16", "int64"),
    ("int32", "int64"),
    ("uint8", "uint16"),
    ("uint16", "uint32"),
    ("uint32", "uint64"),
    ("int32", "double"),
    ("float", "double"),
    ("date", "date-time"),
    ("email", "idn-email"),
    ("hostname", "idn-hostname"),
    ("uri", "iri"),
    ("uri", "uri-reference"),
    ("uri-reference", "iri-reference"),
    ("uri", "iri-reference"),
    ("iri", "iri-reference"),
}
"""Pairs of formats of which the second takes in the first."""
_ALIASES = {"guid": "uuid", "base64": "byte"}


def common_name(said: Said[str]) -> str:
    """The name that all spellings of a format share."""
    return _ALIASES.get(said.value, said.value)


def formats_within(inner: Sequence[Said[str]], outer: Sequence[Said[str]]) -> bool:
    """Whether what has the formats `inner` has those of `outer` too, as far as their names tell."""
    held = {common_name(said) for said in inner}
    return all(common_name(said) in held or any((name, common_name(said)) in WIDER for name in held) for said in outer)
