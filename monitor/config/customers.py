"""Customers, named in the configuration or in a CSV file (`customers: {file: customers.csv}`), or in both."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from alerts.customer import Customer, Terms
from alerts.delays import DelayText
from alerts.outlets import MAIL_ADDRESS, Outlet, Outlets
from alerts.updates import LONGEST, Texts, wrong_in
from monitor.config.names import named
from monitor.config.problem import Mark, Problem
from monitor.config.section import Written, Zone
from monitor.config.tree import Entries, Items, Node, Scalar
from monitor.config.validate import validate
from monitor.nearest import nearest

FILE = "file"
MOST_BYTES = 16 * 1024 * 1024


def _template(text: str) -> str:
    if wrong := wrong_in(text):
        raise ValueError(wrong)
    return text


Template = Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(_template)]
_BUILT_IN = Texts()


class UpdateTexts(Written):
    """What customers read. `$customer`, `$vendor`, `$since`, `$impact`, `$state`, `$number`, `$id` and `$priority` are filled
    in; when the next update comes is added below, in the customer's zone."""

    subject: Template = _BUILT_IN.subject
    """One line above every update."""
    opened: Template = _BUILT_IN.opened
    """The first update."""
    progress: Template = _BUILT_IN.progress
    """Those that follow."""
    mitigated: Template = _BUILT_IN.mitigated
    """While a workaround is in place."""
    resolved: Template = _BUILT_IN.resolved
    """The last one."""

    @property
    def texts(self) -> Texts:
        return Texts(**self.model_dump())


class TermsKeys(Written):
    """What the customer's contract promises, where it is more than the matrix does."""

    respond: DelayText | None = None
    """Until somebody of ours has it."""
    update: DelayText | None = None
    """Until they hear the next word."""
    resolve: DelayText | None = None
    """Until it is over."""


class CustomerKeys(Written):
    """Who feels it when an integration breaks."""

    tier: str = ""
    """The customer's plan or segment, in your own words."""
    high_value: bool = False
    """A high-value customer that depends on what broke sets a floor of P2."""
    zone: Zone = "UTC"
    """The time zone in which promises are rendered."""
    contact: Annotated[str, Field(max_length=320)] = ""
    """The address updates go to, as the channel knows it."""
    channel: str = ""
    """The channel updates leave through; without one a person tells them by hand."""
    updates: Literal["draft", "automatic"] = "draft"
    """`automatic`: updates leave without being approved one by one, once a person has taken an escalation and declared its
    impact."""
    sla: TermsKeys = TermsKeys()
    """What their contract promises."""
    depends_on: tuple[str, ...] = ()
    """Integrations, or fields of them as `integration:field` (`salesforce-production:Account.Industry`)."""


class CustomersFile(Written):
    """Customers in a CSV file, with a header: `name` and any of `tier`, `high_value`, `zone`, `contact`, `channel`,
    `updates`, `depends_on` (several separated by semicolons), `sla_respond`, `sla_update`, `sla_resolve`."""

    file: str = ""
    """The file, relative to this one. Customers named here as well stand beside those in it."""


COLUMNS = (
    "name",
    "tier",
    "high_value",
    "zone",
    "contact",
    "channel",
    "updates",
    "depends_on",
    "sla_respond",
    "sla_update",
    "sla_resolve",
)


def customers_of(
    section: Node | None, folder: Path, integrations: frozenset[str], outlets: Outlets | None, problems: list[Problem]
) -> tuple[Customer, ...]:
    """All customers, those of the CSV file after those of the section itself. Each name may stand once.

    `outlets` is None where the channels could not be read.
    """
    written, rows = _split(section, folder, problems)
    found: dict[str, Customer] = {}
    for part in (written, rows):
        for name, at, node in named(part, "customer", problems):
            if name in found:
                problems.append(Problem(mark=at, text=f"the customer {name!r} is named twice"))
            customer = _customer(name, at, node, integrations, outlets, problems)
            if customer is not None:
                found[name] = customer
    return tuple(found.values())


def _split(section: Node | None, folder: Path, problems: list[Problem]) -> tuple[Node | None, Entries | None]:
    """The section without its file, and what stands in the file."""
    named_file = section.entries.get(FILE) if isinstance(section, Entries) else None
    if not isinstance(section, Entries) or not isinstance(named_file, Scalar):
        return section, None
    rest = section.only(frozenset(section.entries) - {FILE})
    if not isinstance(named_file.value, str) or not named_file.value:
        problems.append(Problem(mark=named_file.mark, text="'file' is the name of a CSV file"))
        return rest, None
    return rest, _rows(folder / named_file.value, named_file.mark, problems)


def _rows(path: Path, asked: Mark, problems: list[Problem]) -> Entries | None:
    try:
        with path.open("rb") as handle:
            raw = handle.read(MOST_BYTES + 1)
    except OSError as error:
        problems.append(Problem(mark=asked, text=f"{path} cannot be read: {error.strerror}"))
        return None
    whole = Mark(file=str(path))
    if len(raw) > MOST_BYTES:
        problems.append(Problem(mark=whole, text=f"is larger than {MOST_BYTES:,} bytes"))
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = Mark(file=str(path), line=raw.count(b"\n", 0, error.start) + 1, column=1)
        problems.append(Problem(mark=at, text="is not UTF-8 text", hint="save the file as CSV UTF-8"))
        return None
    entries: dict[str, Node] = {}
    marks: dict[str, Mark] = {}
    for name, at, row in _records(text, str(path), problems):
        if name in entries:
            problems.append(Problem(mark=at, text=f"the customer {name!r} is named twice"))
        entries[name], marks[name] = row, at
    return Entries(entries=entries, keys=marks, mark=whole)


def _records(text: str, file: str, problems: list[Problem]) -> Iterator[tuple[str, Mark, Entries]]:
    """Each row as if it had been written in YAML. A sheet saved where commas are decimal has semicolons between its cells."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            at, line = Mark(file=file, line=line, column=1), reader.line_num + 1
            if header is None:
                header = [cell.strip().casefold() for cell in cells]
                if not _known(header, at, problems):
                    return
            elif any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    problems.append(Problem(mark=at, text=f"has {len(cells)} cells where the header has {len(header)}"))
                    continue
                row = {key: cell.strip() for key, cell in zip(header, cells, strict=True) if cell.strip()}
                yield row.pop("name", ""), at, _as_written(row, at)
    except csv.Error as error:
        problems.append(Problem(mark=Mark(file=file, line=line, column=1), text=f"is not CSV: {error}"))


def _known(header: list[str], at: Mark, problems: list[Problem]) -> bool:
    strays = [word for word in header if word not in COLUMNS]
    twice = sorted({word for word in header if header.count(word) > 1} - set(strays))
    found = [Problem(mark=at, text=f"unknown column {word!r}", hint=nearest(word, COLUMNS)) for word in strays]
    found += [Problem(mark=at, text=f"the column {word!r} stands there twice") for word in twice]
    if "name" not in header and not strays:
        found.append(Problem(mark=at, text="the column 'name' is missing"))
    problems.extend(found)
    return not found


def _as_written(row: Mapping[str, str], at: Mark) -> Entries:
    def entries(found: Mapping[str, Node]) -> Entries:
        return Entries(entries=found, keys=dict.fromkeys(found, at), mark=at)

    plain: dict[str, Node] = {
        key: Scalar(value=cell, mark=at) for key, cell in row.items() if key != "depends_on" and not key.startswith("sla_")
    }
    if "depends_on" in row:
        names = [name for name in re.split(r"[;,|\n]", row["depends_on"]) if name.strip()]
        plain["depends_on"] = Items(items=tuple(Scalar(value=name.strip(), mark=at) for name in names), mark=at)
    terms = {key.removeprefix("sla_"): Scalar(value=cell, mark=at) for key, cell in row.items() if key.startswith("sla_")}
    if terms:
        plain["sla"] = entries(terms)
    return entries(plain)


def _customer(
    name: str, at: Mark, node: Entries, integrations: frozenset[str], outlets: Outlets | None, problems: list[Problem]
) -> Customer | None:
    listed = node.entries.get("depends_on")
    for item in listed.items if isinstance(listed, Items) else ():
        if isinstance(item, Scalar) and isinstance(item.value, str):
            integration = item.value.partition(":")[0]
            if integration not in integrations:
                text = f"{name!r} depends on {integration!r}, which is no integration"
                problems.append(Problem(mark=item.mark, text=text, hint=nearest(integration, integrations)))
    written = validate(CustomerKeys, node, problems, at=at)
    if written is None:
        return None
    if outlets is None:
        return None
    if written.channel and written.channel not in outlets:
        mark = node.keys.get("channel", at)
        problems.append(
            Problem(mark=mark, text=f"there is no channel {written.channel!r}", hint=nearest(written.channel, outlets))
        )
    elif wrong := _unreachable(written, outlets.get(written.channel)):
        problems.append(Problem(mark=at, text=f"{name!r} {wrong}"))
    return Customer(
        name=name,
        tier=written.tier,
        high_value=written.high_value,
        zone=written.zone,
        depends_on=written.depends_on,
        contact=written.contact,
        channel=written.channel,
        automatic=written.updates == "automatic",
        terms=Terms(respond=written.sla.respond, update=written.sla.update, resolve=written.sla.resolve),
    )


def _unreachable(written: CustomerKeys, outlet: Outlet | None) -> str:
    """Why updates could not reach the customer, in words that follow the name; empty where they can, or are not to."""
    if outlet is None:
        return "has automatic updates and no channel they could leave through" if written.updates == "automatic" else ""
    if outlet.climbs:
        return f"would be told through {outlet.name!r}, which pages our own people"
    if outlet.address == "email" and not re.fullmatch(MAIL_ADDRESS, written.contact):
        return (
            f"is told by e-mail and has no address: {written.contact!r}"
            if written.contact
            else "is told by e-mail and has no contact"
        )
    desk = outlet.keeps_records and not outlet.rings and not outlet.public
    if desk and not re.fullmatch(MAIL_ADDRESS, written.contact):
        return f"is told in a ticket through {outlet.name!r}, for which 'contact' is their e-mail address"
    if outlet.address and outlet.address != "email" and not written.contact:
        return f"is told through {outlet.name!r} and has no contact"
    return ""
