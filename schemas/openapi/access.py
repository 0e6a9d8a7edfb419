"""How we sign in: the schemes, and which of them each operation asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from schemas.engine.ledger import REQUEST
from schemas.openapi.description import Description, Operation

if TYPE_CHECKING:
    from schemas.document import Json
    from schemas.openapi.edit import Scribe

Way: TypeAlias = Mapping[str, frozenset[str]]
"""One way in: each scheme's name, and the scopes it asks for."""

_ADDRESSES = ("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl")
_TEXT = ("description", "bearerFormat", "scopes", "deprecated", "oauth2MetadataUrl")


def schemes(description: Description) -> dict[str, tuple[str, Mapping[str, Json]]]:
    """The security schemes by name, with their pointers."""
    if description.swagger:
        home, named = "/securityDefinitions", description.root.get("securityDefinitions")
    else:
        components = description.root.get("components")
        home = "/components/securitySchemes"
        named = components.get("securitySchemes") if isinstance(components, dict) else None
    found: dict[str, tuple[str, Mapping[str, Json]]] = {}
    for name, raw in named.items() if isinstance(named, dict) else ():
        at, scheme = description.book.reference(f"{home}/{name}", raw)
        if isinstance(scheme, dict):
            found[name] = (at, scheme)
    return found


def ways(raw: Json) -> list[Way]:
    """The ways in that a `security` list gives; an empty list means that none is needed."""
    found: list[Way] = []
    for one in raw if isinstance(raw, list) else ():
        if isinstance(one, dict):
            found.append(
                {
                    name: frozenset(s for s in scopes if isinstance(s, str)) if isinstance(scopes, list) else frozenset()
                    for name, scopes in one.items()
                }
            )
    return found


def compare(scribe: Scribe, pairs: list[tuple[Operation, Operation]]) -> None:
    """The schemes in use, the default requirement, and operations with one of their own."""
    pairs = [(before, after) for before, after in pairs if not before.incoming]
    old_default, new_default = ways(scribe.old.root.get("security")), ways(scribe.new.root.get("security"))
    renamed = _renamed(scribe)
    inherit = [before for before, after in pairs if "security" not in before.raw and "security" not in after.raw]
    if inherit or not pairs:
        _requirement(scribe, _named(old_default, renamed), new_default, inherit, "security", "/security")
    for before, after in pairs:
        if "security" in before.raw or "security" in after.raw:
            was = ways(before.raw["security"]) if "security" in before.raw else old_default
            now = ways(after.raw["security"]) if "security" in after.raw else new_default
            _requirement(scribe, _named(was, renamed), now, [before], f"{before.key}/security", f"{after.at}/security")
    _schemes(scribe, pairs, old_default, renamed)


def _named(found: Sequence[Way], renamed: Mapping[str, str]) -> list[Way]:
    return [{renamed.get(name, name): scopes for name, scopes in way.items()} for way in found]


def _renamed(scribe: Scribe) -> dict[str, str]:
    """Old names of schemes that stand under another name now, with equal content."""
    old, new = schemes(scribe.old), schemes(scribe.new)
    found = {}
    for name, (_, raw) in old.items():
        if name not in new:
            twins = [other for other, (_, theirs) in new.items() if other not in old and _essence(raw) == _essence(theirs)]
            if len(twins) == 1:
                found[name] = twins[0]
    return found


def _essence(raw: Mapping[str, Json]) -> bytes:
    return orjson.dumps(_without_text(dict(raw)), option=orjson.OPT_SORT_KEYS)


def _without_text(raw: Any) -> Any:
    if isinstance(raw, dict):
        return {name: _without_text(value) for name, value in raw.items() if name not in _TEXT and not name.startswith("x-")}
    return raw


def _open(found: Sequence[Way]) -> bool:
    return not found or any(not way for way in found)


def _shown(way: Way) -> str:
    return (
        " and ".join(name + (f" ({', '.join(sorted(scopes))})" if scopes else "") for name, scopes in sorted(way.items()))
        or "nothing"
    )


def _accepts(new: Way, old: Way) -> bool:
    """Whether what we present for the old way is enough for the new one."""
    return all(name in old and scopes <= old[name] for name, scopes in new.items())


def _requirement(
    scribe: Scribe, was: Sequence[Way], now: Sequence[Way], operations: list[Operation], where: str, at: str
) -> None:
    before, after = _told(was), _told(now)
    if before == after:
        return
    shape: dict[str, Any] = {"where": where, "at": at, "it": where, "before": before, "after": after, "sides": (REQUEST,)}
    if _open(was) and not _open(now):
        scribe.note("auth.required", operations, f"calls must sign in now, by {' or '.join(_shown(way) for way in now)}", **shape)
        return
    if _open(now):
        if not _open(was) or len(now) < len(was):
            scribe.note("auth.relaxed", operations, "calls need not sign in any more", **shape)
        return
    lost = [way for way in was if way and not any(_accepts(new, way) for new in now)]
    if lost:
        scoped = [way for way in lost if any(new.keys() == way.keys() for new in now)]
        rule = "auth.scope-added" if len(scoped) == len(lost) else "auth.scheme-removed"
        if rule == "auth.scope-added":
            more = sorted(
                {
                    scope
                    for way in scoped
                    for new in now
                    if new.keys() == way.keys()
                    for name in new
                    for scope in new[name] - way[name]
                }
            )
            scribe.note(rule, operations, f"scope {', '.join(more)} is needed now", what=", ".join(more), **shape)
        else:
            gone = [way for way in lost if way not in scoped]
            said = ", ".join(_shown(way) for way in gone)
            scribe.note(
                rule,
                operations,
                f"{said} is no longer a way in; now: {' or '.join(_shown(way) for way in now)}",
                what=said,
                **shape,
            )
    elif any(new not in list(was) for new in now):
        relaxed = any(_accepts(new, way) and new != way for way in was if way for new in now)
        rule = "auth.relaxed" if relaxed and len(now) <= len(was) else "auth.alternative-added"
        scribe.note(rule, operations, f"ways in are now {' or '.join(_shown(way) for way in now)}", **shape)


def _told(found: Sequence[Way]) -> Json:
    return sorted(_shown(way) for way in found)  # type: ignore[return-value]  # a list of texts is JSON


def _schemes(
    scribe: Scribe, pairs: list[tuple[Operation, Operation]], default: Sequence[Way], renamed: Mapping[str, str]
) -> None:
    old, new = schemes(scribe.old), schemes(scribe.new)
    users: dict[str, list[Operation]] = {}
    for before, _ in pairs:
        for way in ways(before.raw["security"]) if "security" in before.raw else default:
            for name in way:
                users.setdefault(name, []).append(before)
    for name, (at, raw) in old.items():
        if name not in users or name not in new or name in renamed:
            continue
        _scheme(scribe, name, users[name], at, raw, new[name][1])


def _scheme(
    scribe: Scribe, name: str, users: list[Operation], at: str, raw: Mapping[str, Json], other: Mapping[str, Json]
) -> None:
    was, now = _modern(raw), _modern(other)
    shape: dict[str, Any] = {"at": at, "it": name, "what": name, "before": dict(raw), "after": dict(other), "sides": (REQUEST,)}
    if {key: value for key, value in was.items() if key not in ("flows", "openIdConnectUrl")} != {
        key: value for key, value in now.items() if key not in ("flows", "openIdConnectUrl")
    }:
        scribe.note("auth.scheme-changed", users, f"security scheme {name} changed its type, place or name", **shape)
        return
    flows_before, flows_after = was.get("flows", {}), now.get("flows", {})
    if any(flow not in flows_after for flow in flows_before):
        scribe.note("auth.scheme-changed", users, f"security scheme {name} lost a flow", **shape)
    moved = was.get("openIdConnectUrl") != now.get("openIdConnectUrl") or any(
        flows_before[flow].get(word) != flows_after[flow].get(word)
        for flow in flows_before
        if flow in flows_after
        for word in _ADDRESSES
    )
    if moved:
        scribe.note("auth.endpoint-changed", users, f"an address of security scheme {name} moved", **shape)


_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}


def _modern(raw: Mapping[str, Json]) -> dict[str, Any]:
    """A scheme as OpenAPI 3 writes it, without its texts; header names and schemes in lower case."""
    found: dict[str, Any] = _without_text(dict(raw))
    if found.get("type") == "basic":
        found = {**found, "type": "http", "scheme": "basic"}
    if isinstance(found.get("flow"), str):
        flow = _FLOWS.get(found["flow"], found["flow"])
        found = {"type": "oauth2", "flows": {flow: {word: found[word] for word in _ADDRESSES if word in found}}}
    if isinstance(found.get("scheme"), str):
        found["scheme"] = found["scheme"].lower()
    if found.get("in") == "header" and isinstance(found.get("name"), str):
        found["name"] = found["name"].lower()
    flows = found.get("flows")
    found["flows"] = {name: flow for name, flow in flows.items() if isinstance(flow, dict)} if isinstance(flows, dict) else {}
    return found
