"""Text as Slack shows it: `& < >` escaped, so that nothing a vendor wrote becomes a mention or a link, and cut to its limits.

Lengths are counted in UTF-16 units, the strictest way in which a limit "in characters" can be meant.
"""

from __future__ import annotations

from html import escape
from typing import Any

from alerts.wording import clean, cut

SHOWN_LINES = 30
LINE_LENGTH = 600
_LOOKED_AT = 200_000


def size(text: str) -> int:
    """Its length in UTF-16 units: an emoji counts two."""
    return len(text) + sum(each > "\uffff" for each in text)


def shown(text: str, most: int) -> str:
    """`text` escaped and at most `most` units long; cut in the middle before it is escaped, so no entity is torn."""
    length = min(len(text), most)
    while True:
        written = escape(cut(text, length), quote=False).encode("utf-8", "replace").decode()
        over = size(written) - most
        if over <= 0 or length <= 1:
            return written
        length = max(length - max(over // 5, 1), 1)


def lines(text: str) -> str:
    """The lines of a fact, each free of control characters and of sane length, and not more than anybody reads."""
    found = text[:_LOOKED_AT].splitlines()
    more = len(found) - SHOWN_LINES
    kept = [clean(line, LINE_LENGTH) for line in found[:SHOWN_LINES]]
    return "\n".join((*filter(None, kept), *((f"and {more} more",) if more > 0 else ())))


def plain(text: str, most: int) -> dict[str, Any]:
    """A text object that knows no markup at all."""
    return {"type": "plain_text", "text": shown(text, most) or " ", "emoji": False}


def marked(text: str) -> dict[str, Any]:
    """A text object of escaped parts and our own markup. `verbatim`: no address or name in it becomes a link by itself."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
