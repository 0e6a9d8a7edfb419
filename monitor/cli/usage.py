"""`driftpager usage`: what driftpager understood of our use of a target, and what it could not match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from monitor.cli.configured import config_option, configured
from monitor.cli.exits import CouldNotCheck, Exit
from monitor.cli.output import as_json, output_option, table
from monitor.report.clean import clean
from schemas.document import Json

if TYPE_CHECKING:
    from monitor.cli.session import Session
    from monitor.config import Target
    from monitor.config.usage import Source
    from schemas.document import Document
    from schemas.usage import Usage
    from schemas.usages import Understood

SHOWN = 40
"""Names of one kind that are printed for people; JSON has all."""


@click.group(short_help="What was understood of our use of a target.")
def usage() -> None:
    """What our side uses of a target, as the configuration and the files it names tell it.

    \b
    Examples:
      driftpager usage show stripe/api
    """


@usage.command()
@click.argument("target")
@click.option("--schema", metavar="DOCUMENT", help="Match with this file or URL instead of the accepted baseline.")
@click.option("--private", is_flag=True, help="Allow a URL on private and loopback networks.")
@config_option
@output_option("text", "json")
def show(target: str, schema: str | None, private: bool, file: str, output: str) -> int:
    """Show what of TARGET we use: each source with the operations and fields it names, and what could not be matched and why.

    The names are matched with the accepted baseline, as every change is.

    \b
    Examples:
      driftpager usage show stripe/api
      driftpager usage show stripe/api --schema openapi.json
      driftpager usage show salesforce-production/crm/Account --output json

    Exit 0: shown; 2: the document cannot be read; 3: usage or configuration.
    """
    if schema is not None:
        from monitor.cli.documents import document
        from monitor.cli.session import target_named

        named = target_named(configured(file), target)
        matched = _matched(named, document(schema, private=private), "")
    else:
        matched = _with_baseline(target, file)
    if output == "json":
        as_json(_as_json(matched))
    else:
        _told(matched)
    return Exit.CLEAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A target with what each of its sources means. `what` is the document it was matched with in words, empty where there
    is none, `because` then why. `whole` is all sources together."""

    target: Target
    format: str
    what: str
    because: str
    sources: Sequence[tuple[Source, Understood]]
    whole: Understood


def _with_baseline(name: str, file: str) -> Matched:
    from monitor.cli.session import target_named, with_store

    async def look(session: Session) -> Matched:
        target = target_named(session.config, name)
        async with session.store.read() as tx:
            baseline = await tx.baselines.current(target.name)
            document = await tx.snapshots.document(baseline.hash, target.name) if baseline is not None else None
        return _matched(target, document, "there is no baseline yet")

    try:
        return with_store(file, look)
    except CouldNotCheck as error:
        config = configured(file)
        if "there is no database" not in error.message:
            raise
        return _matched(target_named(config, name), None, error.message)


def _matched(target: Target, document: Document | None, because: str) -> Matched:
    from schemas import formats
    from schemas.errors import SchemaError
    from schemas.usages import Understood, understand

    name, what, schema = target.format or "", "", None
    if document is not None:
        try:
            found = formats.load(name) if name else formats.recognise(document)
            schema = found.read(document)
            name, what = found.name, found.describe(schema)
        except SchemaError as error:
            raise CouldNotCheck(f"cannot read the document of {target.name}: {error}") from None
    if schema is None:
        return Matched(
            target=target,
            format=name,
            what="",
            because=because,
            sources=[(source, Understood(usage=source.usage)) for source in target.sources],
            whole=Understood(usage=target.usage),
        )
    whole = understand(target.usage, name, schema)
    rows = []
    for source in target.sources:
        one = understand(source.usage, name, schema)
        # A fragment that another file defines is missing only while one looks at a single file.
        lost = tuple(each for each in one.unmatched if each in whole.unmatched or not source.usage.documents)
        rows.append((source, Understood(usage=one.usage, unmatched=lost, matched=one.matched)))
    return Matched(target=target, format=name, what=what, because="", sources=rows, whole=whole)


def _notes(matched: Matched) -> Iterator[str]:
    usage, meant = matched.target.usage, matched.whole.usage
    if not matched.what and (usage.declared or usage.recorded):
        yield f"nothing could be matched: {matched.because}; name a document with --schema"
    if not usage.declared and not usage.recorded:
        yield "no usage is declared: a breaking change here counts as `use unknown`, one step less urgent"
    elif not usage.declared:
        yield "recordings prove use and never non-use: declare operations or fields too, and a change elsewhere pages nobody"
    elif matched.what and not meant.declared:
        yield "nothing that is declared is in the document: this target counts as undeclared; is something misspelt?"


def _counted(usage: Usage) -> tuple[int, int]:
    return len(usage.operations | usage.proven.operations), len(usage.fields | usage.proven.fields)


def _told(matched: Matched) -> None:
    target, usage = matched.target, matched.whole.usage
    click.echo(f"{target.name}: {clean(matched.what or matched.format or 'format recognised when it is read')}")
    rows = []
    for source, understood in matched.sources:
        operations, fields = _counted(understood.usage)
        calls = len(source.usage.calls)
        read = f"{understood.matched} of {calls} calls" if calls and matched.what else f"{calls} calls" if calls else ""
        rows.append((source.file, source.kind, _says(source), read, str(operations), str(fields), str(len(understood.unmatched))))
    if rows:
        click.echo()
    table(("source", "kind", "says", "matched", "operations", "fields", "not matched"), rows)
    lists = (
        ("operations declared", usage.operations),
        ("operations proven", usage.proven.operations - usage.operations),
        ("fields declared", usage.fields),
        ("fields proven", usage.proven.fields - usage.fields),
        ("used in an unknown part", usage.objects),
    )
    for title, names in lists:
        _list(title, sorted(names))
    lost = [f"{source.file}: {what}: {why}" for source, understood in matched.sources for what, why in understood.unmatched]
    lost += [f"{source.file}: {source.left_out}" for source, _ in matched.sources if source.left_out]
    _list("not matched", lost)
    for index, note in enumerate(_notes(matched)):
        click.echo(("\n" if not index else "") + f"note: {clean(note)}")


def _says(source: Source) -> str:
    return "proves" if source.usage.recorded else "declares"


def _list(title: str, names: Sequence[str]) -> None:
    if not names:
        return
    click.echo(f"\n{title}:")
    for name in names[:SHOWN]:
        click.echo(f"  {clean(name)}")
    if len(names) > SHOWN:
        click.echo(f"  and {len(names) - SHOWN} more (all of them: --output json)")


def _as_json(matched: Matched) -> Json:
    return {
        "target": matched.target.name,
        "format": matched.format or None,
        "matched_with": matched.what or None,
        "declared": matched.target.usage.declared,
        "recorded": matched.target.usage.recorded,
        "sources": [
            {
                "source": source.file,
                "kind": source.kind,
                "says": _says(source),
                "calls": len(source.usage.calls),
                "matched": understood.matched,
                "left_out": source.left_out or None,
                **_names(understood),
            }
            for source, understood in matched.sources
        ],
        **_names(matched.whole),
        "notes": [*_notes(matched)],
    }


def _names(understood: Understood) -> dict[str, Json]:
    usage = understood.usage
    return {
        "operations": [*sorted(usage.operations)],
        "fields": [*sorted(usage.fields)],
        "objects": [*sorted(usage.objects)],
        "proven": {"operations": [*sorted(usage.proven.operations)], "fields": [*sorted(usage.proven.fields)]},
        "unmatched": [{"what": what, "why": why} for what, why in understood.unmatched],
    }
