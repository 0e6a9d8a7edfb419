"""The stand-in as its people see it: the channels with their messages and threads, and what can be pressed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from monitor.demo.slack_message import Message

if TYPE_CHECKING:
    from monitor.demo.slack import Slack

_BOLD = re.compile(r"\*([^*\n]+)\*")
_SIGNS = {
    ":red_circle:": "\U0001f534",
    ":large_orange_circle:": "\U0001f7e0",
    ":large_yellow_circle:": "\U0001f7e1",
    ":white_circle:": "\u26aa",
    ":white_check_mark:": "\u2705",
}
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1d1c1d;background:#f8f8f8}
article{background:#fff;border:1px solid #ddd;border-radius:6px;padding:.75rem 1.25rem;margin:1rem 0}
article article{margin:.5rem 0;border-left:4px solid #ddd}h3{margin:.25rem 0}p{margin:.4rem 0;white-space:pre-line}
p{overflow-wrap:anywhere}small{color:#616061}form{display:inline}button,select{font:inherit;margin:.25rem .4rem .25rem 0}
"""


def routes(slack: Slack) -> None:
    """Add the page to a stand-in's application."""

    async def shown() -> Response:
        channels = dict.fromkeys(each.channel for each in slack.messages)
        listed = "".join(f"<h2>{escape(_name(slack, each))}</h2>{_channel(slack, each)}" for each in channels)
        return HTMLResponse(
            f"<!doctype html><html lang=en><meta charset=utf-8><title>Slack stand-in</title><style>{_STYLE}</style>"
            f"<h1>Slack stand-in</h1>{listed or '<p>No messages yet.</p>'}</html>"
        )

    async def pressed(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        found = next((each for each in slack.messages if each.ts == form.get("ts")), None)
        action, _, option = form.get("action", "").partition("#")
        if found is None or action not in found.buttons or form.get("by") not in slack.users:
            return HTMLResponse("there is no such button any more, or no such person", 400)
        await slack.press(found, action, form["by"], option=int(option or 0))
        return RedirectResponse("/", 303)

    slack.app.get("/")(shown)
    slack.app.post("/people/press")(pressed)


def _name(slack: Slack, channel: str) -> str:
    return f"{slack.users.get(f'U{channel[1:]}', channel)}, in person" if channel.startswith("D") else f"#{channel}"


def _channel(slack: Slack, channel: str) -> str:
    shown = []
    for each in slack.top(channel):
        answers = "".join(f"<article>{_message(answer, slack)}</article>" for answer in slack.thread(each))
        shown.append(f"<article>{_message(each, slack)}{answers}</article>")
    return "".join(shown)


def _message(message: Message, slack: Slack) -> str:
    body = "".join(_block(each) for each in message.blocks) or f"<p>{_text(message.text)}</p>"
    by = escape(slack.users.get(message.by, "driftpager"))
    edited = " (edited)" if message.versions else ""
    return (
        f"<small>{by}{edited}{' · also sent to the channel' if message.broadcast else ''}</small>{body}{_buttons(message, slack)}"
    )


def _block(block: dict[str, Any]) -> str:
    if block["type"] == "header":
        return f"<h3>{_text(block['text']['text'])}</h3>"
    texts: Iterable[dict[str, Any]] = [block["text"]] if "text" in block else block["elements"]
    return "" if block["type"] == "actions" else "".join(f"<p>{_text(each['text'])}</p>" for each in texts)


def _buttons(message: Message, slack: Slack) -> str:
    acts, links = [], []
    for action, each in message.buttons.items():
        if "url" in each:
            links.append(f'<a href="{escape(each["url"])}" rel=noreferrer>{_text(each["text"]["text"])}</a>')
        elif "options" in each:
            said = _text(each["placeholder"]["text"])
            acts += [
                f'<button name=action value="{escape(action)}#{number}">{said} {_text(option["text"]["text"])}</button>'
                for number, option in enumerate(each["options"])
            ]
        else:
            title = _text(each["confirm"]["text"]["text"]) if "confirm" in each else ""
            said = _text(each["text"]["text"])
            acts.append(f'<button name=action value="{escape(action)}" title="{title}">{said}</button>')
    people = "".join(f'<option value="{escape(user)}">{escape(name)}</option>' for user, name in slack.users.items())
    chosen = f"<input type=hidden name=ts value={escape(message.ts)}><select name=by>{people}</select>"
    form = f"<form method=post action=/people/press>{chosen}{''.join(acts)}</form>" if acts else ""
    return f"{form}<p>{' · '.join(links)}</p>" if acts or links else ""


def _text(text: str) -> str:
    """As Slack shows it: entities read, our bold and signs, and nothing else of it markup."""
    safe = _BOLD.sub(r"<b>\1</b>", escape(unescape(text)))
    for name, sign in _SIGNS.items():
        safe = safe.replace(name, sign)
    return safe
