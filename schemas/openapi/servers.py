"""Where the service lives: base addresses, and the path that all operations share."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schemas.openapi.description import Description, Operation

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.openapi.edit import Scribe

_MOST = 64
"""Addresses that a server's variables may spell out."""
_DEFAULT_PORTS = {"http": ":80", "https": ":443", "ws": ":80", "wss": ":443"}


def addresses(description: Description, raw: Json = None) -> list[str]:
    """The base addresses, without a slash at the end; empty if none is described. `raw` replaces the document's own list."""
    if description.swagger:
        host, base = description.root.get("host"), description.root.get("basePath")
        path = base.rstrip("/") if isinstance(base, str) else ""
        if not isinstance(host, str):
            return [path] if path else []
        schemes = description.root.get("schemes")
        named = [str(scheme) for scheme in schemes] if isinstance(schemes, list) and schemes else ["https"]
        return [_plain(f"{scheme}://{host}{path}") for scheme in named]
    listed = description.root.get("servers") if raw is None else raw
    found: list[str] = []
    for server in listed if isinstance(listed, list) else ():
        if isinstance(server, dict) and isinstance(server.get("url"), str):
            found.extend(_spelled(str(server["url"]), server.get("variables")))
    return list(dict.fromkeys(found))


def _spelled(url: str, variables: Json) -> list[str]:
    options: list[list[tuple[str, str]]] = []
    for name, told in variables.items() if isinstance(variables, dict) else ():
        if isinstance(told, dict) and f"{{{name}}}" in url:
            listed = told.get("enum")
            values = [str(value) for value in listed] if isinstance(listed, list) and listed else []
            if (
                not values
                and isinstance(told.get("default"), str)
                and "{" not in str(told["default"])
                and "/" in url.partition("://")[2].split("{" + name)[0]
            ):
                values = [str(told["default"])]
            if values:
                options.append([(name, value) for value in values])
    found = []
    for chosen in itertools.islice(itertools.product(*options), _MOST):
        spelled = url
        for name, value in chosen:
            spelled = spelled.replace(f"{{{name}}}", value)
        found.append(_plain(spelled))
    return found


def _plain(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url.rstrip("/")
    host, slash, path = rest.partition("/")
    scheme, host = scheme.lower(), host.lower().removesuffix(_DEFAULT_PORTS.get(scheme.lower(), ""))
    return f"{scheme}://{host}{slash}{path}".rstrip("/")


def base_path(description: Description) -> str:
    """The path below which all operations stand, of the first address."""
    found = addresses(description)
    return _path(found[0]) if found else ""


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/") if "://" in url else url.rstrip("/")
    except ValueError:
        return ""


def compare(scribe: Scribe, pairs: list[tuple[Operation, Operation]]) -> None:
    """The addresses of the whole description, then of operations with addresses of their own."""
    old, new = scribe.old, scribe.new
    shared = [(before, after) for before, after in pairs if _own(before) is None and _own(after) is None and not before.incoming]
    was_below, is_below = base_path(old), base_path(new)
    moved = was_below != is_below and all(was_below + before.template == is_below + after.template for before, after in shared)
    base = was_below if moved and shared else None
    if shared or not pairs:
        _list(scribe, addresses(old), addresses(new), [before for before, _ in shared], "servers", "/servers", moved_from=base)
    for before, after in pairs:
        mine, theirs = _own(before), _own(after)
        if (mine is None and theirs is None) or before.incoming:
            continue
        was = addresses(old, mine) if mine is not None else addresses(old)
        now = addresses(new, theirs) if theirs is not None else addresses(new)
        _list(scribe, was, now, [before], f"{before.key}/servers", after.at)


def _own(operation: Operation) -> Json:
    return operation.raw.get("servers", operation.item.get("servers"))


def _list(
    scribe: Scribe,
    was: list[str],
    now: list[str],
    operations: list[Operation],
    where: str,
    at: str,
    *,
    moved_from: str | None = None,
) -> None:
    """`moved_from` is the old base path where every operation's template took up what the new one lacks."""
    gone, come = [url for url in was if url not in now], [url for url in now if url not in was]
    if not now:
        # OpenAPI 3: a description that lists no server means `/`.
        gone = [url for url in gone if url]
    if not gone:
        return
    if moved_from is not None:
        origins = {_origin(url) for url in now}
        gone = [url for url in gone if _origin(url) not in origins or _path(url) != moved_from]
        if not gone:
            return
    same_host = [url for url in gone if any(_host(url) == _host(other) and _path(url) != _path(other) for other in come)]
    said = ", ".join(gone)
    if same_host and len(same_host) == len(gone):
        rule, message = "server.base-path-changed", f"the base path is now {', '.join(come)}, was {said}"
    else:
        rule, message = "server.removed", f"{said} is no address of the service any more"
    before: Json = [*was]
    after: Json = [*now]
    scribe.note(rule, operations, message, at=at, where=where, it=where, what=said, before=before, after=after)


def _origin(url: str) -> str:
    return f"{url.partition('://')[0]}://{_host(url)}" if "://" in url else ""


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0] if "://" in url else ""
