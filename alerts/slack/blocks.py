"""A page as a Slack message: `text` for notifications, Block Kit for the eye, buttons while there is something to decide.

Limits: 50 blocks, 150 characters in a header, 3,000 in a section, 75 on a button, 150 in the value of a choice, 300 in a dialog,
and (seen by users, not documented) some 13,000 over all blocks: we stay under 12,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from alerts.keys import DedupKey, parse_dedup_key, seen_id
from alerts.page import Action, Page
from alerts.slack.text import lines, marked, plain, shown, size
from alerts.wording import CHANGES, NEWS, clean, cut, fit_to_open

HEADER, SECTION, BUTTON, DIALOG, TITLE = 150, 3_000, 75, 300, 100
OPTION_VALUE, VALUE = 150, 2_000
MOST_OVER_ALL = 11_500
MOST_LINKS = 8
_FALLBACK = 2_000

ACTION = "driftpager."
"""What the `action_id` of everything pressable begins with."""
SNOOZES = MappingProxyType({"1h": timedelta(hours=1), "4h": timedelta(hours=4), "12h": timedelta(hours=12)})
KINDS = MappingProxyType(
    {
        f"{ACTION}acknowledge": "acknowledged",
        f"{ACTION}take_over": "acknowledged",
        f"{ACTION}mitigate": "mitigated",
        f"{ACTION}resolve": "resolved",
        f"{ACTION}snooze": "snoozed",
        f"{ACTION}accept": "accepted",
    }
)
"""Action ids to kinds of `alerts.channels.Reply`. Links open by themselves and tell nothing."""

_SIGNS = MappingProxyType({1: ":red_circle:", 2: ":large_orange_circle:", 3: ":large_yellow_circle:"})
_SHORT = MappingProxyType(
    {
        Action.ACKNOWLEDGE: frozenset({"Acknowledged by", "Escalation"}),
        Action.RESOLVE: frozenset({"Resolution", "Escalation"}),
    }
)
"""What a plain message of each action says; anything else says all."""

Message = dict[str, Any]
"""`text` and `blocks`, as `chat.postMessage`, `chat.update` and incoming webhooks take them."""


def message(page: Page, *, pressable: bool, told: Sequence[str] = ()) -> Message:
    """The whole message. `pressable` False leaves the buttons out; `told` are lines of our own above the facts.

    The facts are shortened together until the message is within the limit over all blocks; what changed first and the
    escalation's id last always stay.
    """
    said = page.content
    head = [
        {"type": "header", "text": plain(clean(said.summary, 400) or "driftpager", HEADER)},
        {"type": "context", "elements": [marked(_standing(page))]},
    ]
    facts = [(label, text) for label, text in _facts(page) if text.strip()]
    for most, links in ((SECTION - 100, MOST_LINKS), (1_200, MOST_LINKS), (450, 3), (120, 1)):
        blocks = [*head, *_section("", "\n".join(told), most)]
        blocks += [block for label, text in facts[:30] for block in _section(label, text, most)]
        blocks += _buttons(page) if pressable and _decidable(page) else []
        blocks += _links(page, links)
        if weight(blocks) <= MOST_OVER_ALL:
            break
    return {"text": fallback(page), "blocks": blocks}


def short(page: Page, news: Iterable[str]) -> Message:
    """A few lines without buttons: an answer in a thread, an update where nothing can be updated."""
    text = lines("\n".join(news))
    body = shown(text, SECTION - 50) if text else f"*{shown(clean(page.content.summary), 500)}*"
    return {"text": shown(text or clean(page.content.summary), _FALLBACK), "blocks": [{"type": "section", "text": marked(body)}]}


def without_buttons(blocks: object, key: DedupKey) -> list[dict[str, Any]] | None:
    """The blocks of a message as Slack gives them back, without what can be pressed about a generation of an escalation; None
    where nothing can. Links stay."""
    kept, found = list[dict[str, Any]](), False
    for block in blocks if isinstance(blocks, list) else []:
        elements = block.get("elements") if isinstance(block, dict) and block.get("type") == "actions" else None
        if isinstance(elements, list) and any(_about(each, key) for each in elements):
            found = True
            continue
        kept.append(block)
    return kept if found and kept else None


def _about(element: object, key: DedupKey) -> bool:
    value = element.get("value") if isinstance(element, dict) else None
    other = parse_dedup_key(value) if isinstance(value, str) else None
    return other is not None and (other.escalation, other.generation) == (key.escalation, key.generation)


def to_customer(page: Page) -> Message:
    """The words a customer is told, and nothing else of the page."""
    text = "\n".join(text for label, text in page.content.facts if not label)
    paragraphs = [clean(line, 2_500) for line in text.splitlines()]
    said = shown("\n".join(paragraphs).strip(), SECTION)
    return {"text": cut(said, _FALLBACK), "blocks": [{"type": "section", "text": marked(said or " ")}]}


def fallback(page: Page) -> str:
    """What a notification shows."""
    notice = "[PRACTICE] " if page.practice and "PRACTICE" not in page.content.summary else ""
    return shown(f"{notice}{clean(page.content.summary, 600)}" or "driftpager", _FALLBACK)


def weight(value: Any) -> int:
    """Units of all text in blocks, however deep."""
    if isinstance(value, str):
        return size(value)
    if isinstance(value, Mapping):
        return sum(weight(each) for each in value.values())
    return sum(weight(each) for each in value) if isinstance(value, list) else 0


def _standing(page: Page) -> str:
    """How urgent, where it stands, whose it is; what to know of the message itself."""
    owner = clean(dict(page.content.facts).get("Acknowledged by", ""), 100)
    state = page.record.state if page.record else ""
    sign = ":white_check_mark:" if "resolved" in (state, _ended(page)) else _SIGNS.get(page.priority, ":white_circle:")
    parts = [f"{sign} *P{page.priority}*", *([f"*{state}*"] if state else [])]
    if state and owner:
        parts.append(f"{'was ' if state == 'resolved' else ''}with {shown(owner, 200)}")
    elif state == "open":
        parts.append("nobody has it yet")
    if page.practice:
        parts.append("this is practice")
    if page.possible_repeat:
        parts.append("possible repeat: an earlier try may have arrived")
    return " · ".join(parts)


def _ended(page: Page) -> str:
    return "resolved" if page.action is Action.RESOLVE else ""


def _facts(page: Page) -> Iterable[tuple[str, str]]:
    facts = page.content.facts
    wanted = _SHORT.get(page.action)
    if page.action is Action.NOTE and NEWS in dict(facts):
        wanted = frozenset({NEWS, "Escalation"})
    return facts if wanted is None else [(label, text) for label, text in facts if label in wanted]


def _section(label: str, text: str, most: int) -> Iterable[dict[str, Any]]:
    name = f"*{shown(clean(label, 80), 120)}*\n" if label else ""
    body = shown(lines(text), most)
    if body:
        yield {"type": "section", "text": marked(name + body)}


def _decidable(page: Page) -> bool:
    """Whether there is an escalation behind it that is not over, and not merely told of."""
    if page.why is None or parse_dedup_key(page.dedup_key) is None or len(page.dedup_key) > VALUE:
        return False
    return page.record.state != "resolved" if page.record else page.action is Action.TRIGGER


def _buttons(page: Page) -> list[dict[str, Any]]:
    """Their values carry the page's key with its generation: one pressed later quiets nothing new."""
    state = page.record.state if page.record else "open"
    changes = cut(lines(dict(page.content.facts).get(CHANGES, "")).replace("\n", "; "), 200)
    elements = [
        _button("take_over", "Take over", page)
        if state in ("acknowledged", "mitigating")
        else _button("acknowledge", "Acknowledge", page, style="primary")
    ]
    if state != "mitigating":
        why = "A workaround or hotfix is in place. Customers may be told so."
        elements.append(_button("mitigate", "Workaround in place", page, confirm=_dialog("Workaround in place?", why)))
    why = "It ends for everybody who was paged. If the change is still there, it stays accepted by nobody."
    elements.append(_button("resolve", "Resolve", page, confirm=_dialog("Resolve it?", why)))
    choices = {f"{name}|{page.dedup_key}": f"for {_hours(length)}" for name, length in SNOOZES.items()}
    if all(size(value) <= OPTION_VALUE for value in choices):
        options = [{"text": plain(text, BUTTON), "value": value} for value, text in choices.items()]
        action = f"{ACTION}snooze"
        elements.append(
            {"type": "static_select", "action_id": action, "placeholder": plain("Snooze", BUTTON), "options": options}
        )
    if page.content.category == "drift" and not page.practice and changes:
        why = f"From now on this is as expected, and pages nobody: {changes}"
        shown = f"{page.dedup_key}|{seen_id(dict(page.content.facts)[CHANGES])}"  # what joins later is not accepted with it
        dialog = _dialog("Accept the new baseline?", why, "danger")
        elements.append(_button("accept", "Accept baseline", page, value=shown, confirm=dialog))
    return [{"type": "actions", "elements": elements}]


def _button(name: str, text: str, page: Page, **more: Any) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": f"{ACTION}{name}",
        "text": plain(text, BUTTON),
        "value": page.dedup_key,
        **more,
    }


def _dialog(title: str, text: str, style: str = "primary") -> dict[str, Any]:
    return {
        "title": plain(title, TITLE),
        "text": plain(text, DIALOG),
        "confirm": plain("Yes", 30),
        "deny": plain("No", 30),
        "style": style,
    }


def _links(page: Page, most: int) -> list[dict[str, Any]]:
    """Buttons that open our page, the tickets, the runbook."""
    itself = f"{page.channel} {page.record.reference}" if page.record else ""
    links = [link for link in page.content.links if fit_to_open(link.href) and link.text != itself][:most]
    elements = [
        {
            "type": "button",
            "action_id": f"{ACTION}open.{number}",
            "text": plain(clean(link.text, BUTTON) or "Open", BUTTON),
            "url": link.href,
        }
        for number, link in enumerate(links)
    ]
    return [{"type": "actions", "elements": elements}] if elements else []


def _hours(length: timedelta) -> str:
    hours = int(length.total_seconds() // 3600)
    return f"{hours} hour{'s' * (hours > 1)}"
