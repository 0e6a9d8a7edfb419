"""Where a file is that another one names: by URL, or by path where the first one is a file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def placed(around: str, reference: str) -> str:
    """The address of what the file at `around` (a URL or a path) refers to; empty where that is no reference at all."""
    try:
        reference = urldefrag(reference.strip()).url.strip()
        if not reference:
            return ""
        if is_url(around) or is_url(reference):
            return urljoin(around, reference)
        if urlsplit(reference).scheme:
            return reference
    except ValueError:
        return ""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(around), unquote(reference)))
    return path[1:] if path.startswith("//") else path


def is_url(address: str) -> bool:
    """True for what is fetched rather than opened."""
    return address.lower().startswith(("http://", "https://"))


def called(first: str, address: str) -> str:
    """An address as short as a reference from the file at `first` can be: a bundle that moves as a whole stays the same."""
    folder = first[: first.rfind("/") + 1]
    if is_url(first) or _SCHEME.match(address):
        names = [address.removeprefix(folder)] if folder else []
    else:
        seen = _seen_from(folder, address)
        names = [seen, f"./{seen}", quote(seen)]  # the plainest that is not taken for something else
    return next((name for name in names if name and placed(first, name) == address), address)


def _seen_from(folder: str, path: str) -> str:
    here, there = posixpath.normpath(folder).split("/"), path.split("/")
    if folder.startswith("/") != path.startswith("/"):
        return path
    here = [] if here == ["."] else here
    while here and there and here[0] == there[0]:
        here, there = here[1:], there[1:]
    return path if ".." in here else "/".join([".."] * len(here) + there)


def missing(unread: Mapping[str, str]) -> str:
    """What is to be said of imported files that are not to be had, each with its reason; empty where all are there."""
    if not unread:
        return ""
    told = [f"{name}{f' ({because})' if because else ''}" for name, because in unread.items()]
    return f"; imports what is not here: {', '.join(told[:5])}{f' and {len(told) - 5} more' if len(told) > 5 else ''}"
