"""XML from strangers: no document type, no entity, no network, and no tree that is deeper or larger than a parser should bear."""

from __future__ import annotations

import re

from lxml import etree

from schemas.errors import Unreadable

_DOCTYPE = re.compile(rb"<!(?:[Dd][Oo][Cc][Tt][Yy][Pp][Ee]|[Ee][Nn][Tt][Ii][Tt][Yy])")
"""Spelt out: a search that heeds no case cannot leap from one `<!` to the next."""
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
"""How text in two-byte encodings begins, where the search for a document type would find nothing."""


def read(raw: bytes) -> etree._Element:
    """The root; raises `Unreadable`. The parser's own limits on depth (256) and sizes stay on."""
    if raw.lstrip()[:2] in _WIDE:
        try:
            raw = raw.decode("utf-16").encode()
        except UnicodeDecodeError:
            raise Unreadable("not XML: neither UTF-8 nor UTF-16") from None
        raw = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", raw.removeprefix(b"\xef\xbb\xbf"))
    if found := _DOCTYPE.search(raw):
        line = raw.count(b"\n", 0, found.start()) + 1
        raise Unreadable("XML with a document type or an entity is not read", where=f"line {line}")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line, column = getattr(error, "position", (0, 0))
        text = " ".join(str(getattr(error, "msg", error)).partition(", line")[0].split())[:200]
        raise Unreadable(f"not XML: {text}", where=f"line {line}, column {column}" if line else "") from None
    return root


def local(element: etree._Element) -> str:
    """The name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """The namespace of the name, empty where it has none."""
    return str(element.tag)[1:].rpartition("}")[0]
