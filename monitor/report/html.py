"""One page to send to somebody: self-contained, no script, nothing fetched, every word from the vendor escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as _escape

from monitor.report.clean import clean, quoted, value
from monitor.report.moved import moved
from monitor.report.report import Report
from schemas.change import Finding, Impact, Use

_STYLE = """
:root{color-scheme:light dark;--ink:#14171a;--soft:#5b636b;--line:#d9dde1;--paper:#fff;--tint:#f4f6f7;
--breaking:#b3261e;--risky:#8a5a00;--safe:#1f6f43}
@media(prefers-color-scheme:dark){:root{--ink:#e7eaed;--soft:#9aa3ab;--line:#333a41;--paper:#14171a;--tint:#1c2126;
--breaking:#ff8a80;--risky:#f2c063;--safe:#7fd3a3}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:62rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.35rem;margin:0 0 .25rem}
h2{font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;margin:2.5rem 0 .5rem}
p{margin:.25rem 0}
code,pre{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
pre{margin:0;white-space:pre-wrap}
.soft{color:var(--soft)}
.counts{display:flex;gap:1.5rem;margin:1.25rem 0 0;padding:.75rem 0;border:solid var(--line);border-width:1px 0}
.counts b{font-size:1.35rem;margin-right:.35rem;font-variant-numeric:tabular-nums}
.breaking{color:var(--breaking)}.risky{color:var(--risky)}.safe{color:var(--safe)}
article{border-top:1px solid var(--line);padding:.9rem 0}
article h3{font-size:1rem;margin:0}
dl{display:grid;grid-template-columns:7rem 1fr;gap:.2rem 1rem;margin:.6rem 0 0}
dt{color:var(--soft)}dd{margin:0;min-width:0}
dd pre{background:var(--tint);padding:.3rem .5rem}
details>summary{cursor:pointer}
@media(max-width:36rem){dl{grid-template-columns:1fr}dt{margin-top:.4rem}}
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render(report: Report) -> str:
    body = "\n".join(_body(report))
    title = escape(f"{report.new}: {report.summary}")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def escape(text: str) -> str:
    """Text for an element or a quoted attribute."""
    return _escape(clean(text), quote=True)


def _body(report: Report) -> Iterator[str]:
    yield f"<h1>{escape(report.summary[0].upper() + report.summary[1:])}</h1>"
    yield f'<p class="soft"><code>{escape(report.old)}</code> → <code>{escape(report.new)}</code>, {report.comparison.format}</p>'
    counts = "".join(
        f'<span class="{impact}"><b>{report.count(impact)}</b>{impact}</span>'
        for impact in (Impact.BREAKING, Impact.RISKY, Impact.SAFE)
    )
    yield f'<div class="counts">{counts}</div>'
    for impact in (Impact.BREAKING, Impact.RISKY, Impact.SAFE):
        found = [finding for finding in report.findings if finding.impact is impact]
        if not found:
            continue
        articles = "\n".join(_article(finding) for finding in found)
        if impact is Impact.SAFE:
            yield f'<details><summary class="safe">{len(found)} safe</summary>\n{articles}\n</details>'
        else:
            yield f'<h2 class="{impact}">{impact}</h2>\n{articles}'


def _article(finding: Finding) -> str:
    rows = "".join(f"<dt>{term}</dt><dd>{text}</dd>" for term, text in _rows(finding))
    consequence = f"<p>{_said(finding.consequence)}</p>" if finding.consequence else ""
    return f"<article><h3>{_said(finding.message)}</h3>{consequence}<dl>{rows}</dl></article>"


def _said(message: str) -> str:
    return "".join(f"<code>{escape(text)}</code>" if is_name else escape(text) for text, is_name in quoted(message))


def _rows(finding: Finding) -> Iterator[tuple[str, str]]:
    yield "where", f"<code>{escape(finding.address)}</code>"
    yield "rule", f"<code>{escape(finding.rule)}</code>" + (" (notice)" if finding.notice else "")
    if finding.adjusted is not None:
        yield "level", escape(moved(finding))
    if finding.before is not None:
        yield "before", f"<pre>{escape(value(finding.before, 600))}</pre>"
    if finding.after is not None:
        yield "after", f"<pre>{escape(value(finding.after, 600))}</pre>"
    if finding.witness is not None:
        yield "for example", f"<pre>{escape(value(finding.witness, 600))}</pre>"
    sides = (("what we send", finding.request), ("what we read", finding.response))
    told = [f'{side}: <span class="{impact}">{impact}</span>' for side, impact in sides if impact is not None]
    if told:
        yield "direction", ", ".join(told)
    if finding.operations:
        listed = "<br>".join(f"<code>{escape(operation)}</code>" for operation in finding.operations)
        few = len(finding.operations) <= 6
        yield "reaches", listed if few else f"<details><summary>{len(finding.operations)} operations</summary>{listed}</details>"
    if finding.use is not Use.UNDECLARED:
        yield "our use", str(finding.use)
    if finding.source.pointer or finding.source.line:
        line = f", line {finding.source.line}" if finding.source.line else ""
        part = f" of {escape(finding.source.part)}" if finding.source.part else ""
        yield "source", f"<code>{escape(finding.source.pointer or '/')}</code>{line}{part}"
