"""A page as plain text and as Markdown, for channels and terminals that show one or the other."""

from __future__ import annotations

import re

from alerts.page import Content, Page

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~@!])")


def as_text(page: Page) -> str:
    """Plain text: the summary, each fact under its label, the links. Ends with a newline."""
    said = page.content
    parts = [*notices(page), said.summary, ""]
    for label, text in said.facts:
        lines = text.splitlines()
        if not label:  # what stands for itself, such as an update to a customer
            parts += lines
            continue
        parts += [f"{label}: {lines[0]}"] if len(lines) == 1 else [f"{label}:", *(f"  {line}" for line in lines)]
    if said.links:
        parts += ["", *(f"{link.text}: {link.href}" for link in said.links)]
    return "\n".join(parts) + "\n"


def as_markdown(page: Page) -> str:
    """Markdown with everything a vendor wrote escaped. Ends with a newline."""
    said = page.content
    parts = [*(f"*{notice}*\n" for notice in notices(page)), f"**{escaped(said.summary)}**", ""]
    for label, text in said.facts:
        lines = [escaped(line) for line in text.splitlines()]
        if not label:
            parts += lines
            continue
        parts += [f"- **{label}:** {lines[0]}"] if len(lines) == 1 else [f"- **{label}:**", *(f"  - {line}" for line in lines)]
    if said.links:
        parts += ["", " · ".join(f"[{escaped(link.text)}](<{link.href}>)" for link in said.links)]
    return "\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """`text` so that Markdown shows it as it is, and no mention or link in it comes alive."""
    return _MARKDOWN.sub(r"\\\1", text)


def plain_facts(content: Content) -> dict[str, str]:
    """Label to text, for channels that take an object."""
    return dict(content.facts)


def notices(page: Page) -> list[str]:
    """What a reader must know before the rest: one sentence each."""
    said = []
    if page.practice:
        said.append("This is practice.")
    if page.possible_repeat:
        said.append("Possible repeat: an earlier try may have arrived.")
    return said
