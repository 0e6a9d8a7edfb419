"""What Slack takes: the arguments of each method, and messages in Block Kit, each mistake in words. As strict as its
documentation, or stricter: an argument nobody knows is a mistake here, though the vendor drops it in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

MOST_BLOCKS = 50
MOST_TEXT = 40_000
MOST_OVER_ALL = 13_200
"""Over all blocks: not documented, users meet `msg_blocks_too_long` there."""

_TEXT: Mapping[str, type] = {"channel": str, "text": str, "blocks": list, "metadata": dict, "parse": str}
BODIES: Mapping[str, Mapping[str, type]] = MappingProxyType(
    {
        "chat.postMessage": {
            **_TEXT,
            "unfurl_links": bool,
            "unfurl_media": bool,
            "thread_ts": str,
            "reply_broadcast": bool,
        },
        "chat.update": {**_TEXT, "ts": str},
        "auth.test": {},
    }
)
_HISTORY = frozenset({"channel", "oldest", "latest", "limit", "cursor", "inclusive", "include_all_metadata"})
QUERIES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "conversations.history": _HISTORY,
        "conversations.replies": _HISTORY | {"ts"},
        "chat.getPermalink": frozenset({"channel", "message_ts"}),
    }
)
REQUIRED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "chat.postMessage": frozenset({"channel"}),
        "chat.update": frozenset({"channel", "ts"}),
        "conversations.history": frozenset({"channel"}),
        "conversations.replies": frozenset({"channel", "ts"}),
        "chat.getPermalink": QUERIES["chat.getPermalink"],
        "auth.test": frozenset(),
    }
)


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def argument_mistakes(method: str, given: Mapping[str, Any]) -> Iterator[str]:
    """Every argument that is missing, unknown or of another type."""
    types = BODIES.get(method)
    known = types.keys() if types is not None else QUERIES[method]
    yield from (f"{name} is unknown" for name in given.keys() - known)
    yield from (f"{name} is required" for name in REQUIRED[method] - given.keys())
    for name, kind in (types or {}).items():
        if name in given and not isinstance(given[name], kind):
            yield f"{name} is no {kind.__name__}"
    if "reply_broadcast" in given and "thread_ts" not in given:
        yield "reply_broadcast goes with thread_ts"
    metadata = given.get("metadata")
    if isinstance(metadata, dict) and not (
        isinstance(metadata.get("event_type"), str) and isinstance(metadata.get("event_payload"), dict) and len(metadata) == 2
    ):
        yield "metadata has an event_type and an event_payload"


def message_error(body: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """(Slack's name of the error, the mistakes in words); the name is empty where the message is as it must be."""
    text, blocks = body.get("text"), body.get("blocks")
    if not text and not blocks:
        return "no_text", ("one of text and blocks is needed",)
    if text is not None and units(text) > MOST_TEXT:
        return "msg_too_long", (f"text has {units(text)} characters",)
    mistakes = tuple(_blocks(blocks)) if blocks is not None else ()
    if mistakes:
        return "invalid_blocks", mistakes
    if blocks is not None and (total := _total(blocks)) > MOST_OVER_ALL:
        return "msg_blocks_too_long", (f"{total} characters over all blocks",)
    return "", ()


def elements(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Everything a person can press."""
    for block in blocks:
        if block["type"] == "actions":
            yield from block["elements"]


def _blocks(blocks: Any) -> Iterator[str]:
    if not isinstance(blocks, list) or not 1 <= len(blocks) <= MOST_BLOCKS:
        yield f"blocks are 1 to {MOST_BLOCKS}"
        return
    for number, block in enumerate(blocks):
        kind = block.get("type")
        check = {"header": _header, "section": _section, "context": _context, "actions": _actions, "divider": _divider}.get(kind)
        if check is None:
            yield f"blocks[{number}] is a {kind}"
        else:
            yield from (f"blocks[{number}]: {mistake}" for mistake in check(block))


def _keys(value: Any, needed: set[str], may: set[str], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is no object"
        return
    yield from (f"{where} lacks {key}" for key in needed - value.keys())
    yield from (f"{where}.{key} is unknown" for key in value.keys() - needed - may)


def _text(value: Any, most: int, where: str, *, marked: bool = True) -> Iterator[str]:
    yield from _keys(value, {"type", "text"}, {"emoji", "verbatim"}, where)
    if not isinstance(value, dict):
        return
    kind, text = value.get("type"), value.get("text")
    if kind not in (("plain_text", "mrkdwn") if marked else ("plain_text",)):
        yield f"{where} is a {kind}"
    if ("verbatim" in value and kind != "mrkdwn") or ("emoji" in value and kind != "plain_text"):
        yield f"{where} has a key of the other type of text"
    if not isinstance(text, str) or not 1 <= units(text) <= most:
        yield f"{where} is not a text of 1 to {most} characters"


def _header(block: dict[str, Any]) -> Iterator[str]:
    yield from _keys(block, {"type", "text"}, {"block_id"}, "header")
    yield from _text(block.get("text"), 150, "header.text", marked=False)


def _section(block: dict[str, Any]) -> Iterator[str]:
    yield from _keys(block, {"type", "text"}, {"block_id"}, "section")
    yield from _text(block.get("text"), 3_000, "section.text")


def _context(block: dict[str, Any]) -> Iterator[str]:
    yield from _keys(block, {"type", "elements"}, {"block_id"}, "context")
    if not 1 <= len(block.get("elements", ())) <= 10:
        yield "a context has 1 to 10 elements"
    for each in block.get("elements", ()):
        yield from _text(each, 3_000, "context.elements")


def _divider(block: dict[str, Any]) -> Iterator[str]:
    yield from _keys(block, {"type"}, {"block_id"}, "divider")


def _actions(block: dict[str, Any]) -> Iterator[str]:
    yield from _keys(block, {"type", "elements"}, {"block_id"}, "actions")
    found = block.get("elements", [])
    if not 1 <= len(found) <= 25:
        yield "actions have 1 to 25 elements"
    ids = [each.get("action_id") for each in found]
    if len(set(ids)) != len(ids):
        yield "an action_id stands twice"
    for each in found:
        yield from _button(each) if each.get("type") == "button" else _select(each)


def _button(value: dict[str, Any]) -> Iterator[str]:
    yield from _keys(value, {"type", "text", "action_id"}, {"url", "value", "style", "confirm"}, "button")
    yield from _text(value.get("text"), 75, "button.text", marked=False)
    yield from _bounded(value, "action_id", 255)
    yield from _bounded(value, "value", 2_000)
    yield from _bounded(value, "url", 3_000)
    if value.get("style", "primary") not in ("primary", "danger"):
        yield "button.style is primary or danger"
    if "confirm" in value:
        yield from _confirm(value["confirm"])


def _select(value: dict[str, Any]) -> Iterator[str]:
    if value.get("type") != "static_select":
        yield f"an element is a {value.get('type')}"
        return
    yield from _keys(value, {"type", "action_id", "options"}, {"placeholder", "confirm"}, "select")
    yield from _bounded(value, "action_id", 255)
    yield from _text(value.get("placeholder"), 150, "select.placeholder", marked=False)
    if not 1 <= len(value.get("options", ())) <= 100:
        yield "a select has 1 to 100 options"
    for option in value.get("options", ()):
        yield from _keys(option, {"text", "value"}, {"description"}, "option")
        yield from _text(option.get("text"), 75, "option.text", marked=False)
        yield from _bounded(option, "value", 150)


def _confirm(value: Any) -> Iterator[str]:
    yield from _keys(value, {"title", "text", "confirm", "deny"}, {"style"}, "confirm")
    for key, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _text(value.get(key), most, f"confirm.{key}", marked=False)
    if value.get("style", "primary") not in ("primary", "danger"):
        yield "confirm.style is primary or danger"


def _bounded(value: dict[str, Any], key: str, most: int) -> Iterator[str]:
    if key in value and not (isinstance(value[key], str) and 1 <= units(value[key]) <= most):
        yield f"{key} is not a text of 1 to {most} characters"


def _total(value: Any) -> int:
    if isinstance(value, str):
        return units(value)
    if isinstance(value, dict):
        return sum(_total(each) for each in value.values())
    return sum(_total(each) for each in value) if isinstance(value, list) else 0
