"""`driftpager try`: what would driftpager make of this address? Writes nothing, keeps nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import click

from monitor.cli.documents import is_url
from monitor.cli.exits import BadConfiguration, CouldNotCheck, Exit, Misused
from monitor.cli.output import as_json, output_option
from monitor.report.clean import clean
from probes.probe import Probe, Served
from schemas import formats
from schemas.document import Json
from schemas.errors import SchemaError

_HERE = "the command line"


@click.command(name="try", short_help="What would driftpager make of this address?")
@click.argument("address", metavar="URL")
@click.option(
    "--kind", "-k", help="How to ask: http (default), grpc for grpcs://, file for a path; or graphql, sample, another kind."
)
@click.option("--format", "-f", type=click.Choice(formats.names()), help="What it is written in; recognised if not named.")
@click.option(
    "--header", "-H", "headers", multiple=True, metavar="NAME:VALUE", help="Send this too; VALUE is env:NAME or file:PATH."
)
@click.option("--private", is_flag=True, help="Allow private and loopback networks.")
@output_option("text", "json")
def try_out(address: str, kind: str | None, format: str | None, headers: tuple[str, ...], private: bool, output: str) -> int:
    """Fetch URL (or a file) once, say what was understood, and print what to write into driftpager.yml. Writes nothing.

    \b
    Examples:
      driftpager try https://petstore3.swagger.io/api/v3/openapi.json
      driftpager try grpcs://api.example.com -H authorization:env:API_TOKEN
      driftpager try https://api.example.com/graphql --kind graphql -H authorization:env:API_TOKEN
      driftpager try ./openapi.yaml --format openapi

    Exit 0: understood; 2: not fetched or not understood; 3: usage.
    """
    from monitor.cli.fetching import fetch

    meant = kind or _kind(address)
    probe = _probe(meant, address, headers, private=private)
    served = fetch(probe)
    document = served.document
    written_in = format or probe.format()
    try:
        found = formats.load(written_in) if written_in is not None else formats.recognise(document)
        understood = found.describe(found.read(document))
    except SchemaError as error:
        size = f"{len(document.content):,} bytes" + (f" of {document.media_type}" if document.media_type else "")
        raise CouldNotCheck(f"fetched {size}, but cannot read them: {error}") from None
    example = _example(meant, address, found.name, headers, private=private)
    if output == "json":
        validators: list[Json] = [*sorted(served.validators)]
        as_json(
            {
                "source": document.source,
                "kind": meant,
                "format": found.name,
                "understood": understood,
                "bytes": document.size,
                "media_type": document.media_type,
                "parts": [{"name": part.name, "there": part.content is not None} for part in document.parts],
                "hash": document.hash,
                "validators": validators,
                "configuration": example,
            }
        )
        return Exit.CLEAN
    parts = f", with {len(document.parts)} that it imports" if document.parts else ""
    click.echo(f"fetched     {document.size:,} bytes{parts}" + (f", {clean(document.media_type)}" if document.media_type else ""))
    click.echo(f"understood  {clean(understood)}")
    click.echo(f"            {_cost(served)}")
    click.echo(f"\nTo watch it, in driftpager.yml:\n\n{example}")
    return Exit.CLEAN


def _probe(kind: str, address: str, headers: tuple[str, ...], *, private: bool) -> Probe:
    from monitor import plugins
    from monitor.config import ConfigError, Mark, Problem, environ
    from monitor.config.reference import resolve
    from monitor.config.targets import kind_of, probe_of
    from monitor.config.tree import Entries, Node, Scalar

    mark = Mark(file=_HERE)

    def text(value: str | bool) -> Scalar:
        return Scalar(value=value, mark=mark)

    def mapping(entries: dict[str, Node]) -> Entries:
        return Entries(entries=entries, keys=dict.fromkeys(entries, mark), mark=mark)

    written: dict[str, Node] = {"kind": text(kind), "path" if kind == "file" else "url": text(address)}
    if headers:
        written["headers"] = mapping({name: text(value) for name, value in map(_header, headers)})
    if private:
        written["private"] = text(True)
    problems: list[Problem] = []
    node, missing = resolve(mapping(written), environ(), Path())
    assert isinstance(node, Entries)
    problems.extend(missing)
    model = kind_of(node, mark, plugins.Family.PROBE, problems)
    probe = probe_of(model, node, mark, Path(), problems) if model is not None else None
    if probe is None or problems:
        raise BadConfiguration(str(ConfigError(problems)))
    return probe


def _kind(address: str) -> str:
    """How to ask for an address where nobody says."""
    if address.startswith(("grpc://", "grpcs://")):
        return "grpc"
    return "http" if is_url(address) else "file"


def _header(written: str) -> tuple[str, str]:
    name, colon, value = written.partition(":")
    if not colon or not name.strip() or not value.strip():
        raise Misused("--header takes NAME:VALUE, such as authorization:env:API_TOKEN")
    return name.strip(), value.strip()


def _cost(served: Served) -> str:
    if "file" in served.validators:
        return "is a file: while nothing changes, it is not even read"
    named = [name for name in ("etag", "last-modified") if name in served.validators]
    if named:
        return f"has {' and '.join(named)}: while nothing changes, a look costs the vendor next to nothing"
    return "has no ETag and no Last-Modified: each look fetches all of it"


def _example(kind: str, address: str, format: str, headers: tuple[str, ...], *, private: bool) -> str:
    """A block for the configuration. JSON strings are YAML, whatever stands in them."""
    host = urlsplit(address).hostname if "://" in address else Path(address).stem
    labels = [label for label in (host or "").split(".") if label not in ("www", "api", "com", "org", "net", "io")]
    name = (
        re.sub(r"[^A-Za-z0-9._-]", "-", labels[-1] if labels and not labels[-1].isdigit() else "vendor").lstrip(".-_") or "vendor"
    )
    keys = {"kind": kind, "path" if kind == "file" else "url": json.dumps(address), "format": format}
    if headers:
        keys["headers"] = json.dumps(dict(map(_header, headers)))
    if private:
        keys["private"] = "true"
    lines = ["integrations:", f"  {name}:", "    criticality: normal", "    targets:", "      api:"]
    return "\n".join(lines + [f"        {key}: {value}" for key, value in keys.items()])
