"""From a file to a `Config`, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from alerts.channels import Channel, outlets
from alerts.escalation import Hush
from alerts.matrix import Matrix
from alerts.priority import Criticality
from monitor import plugins
from monitor.config import matrix as matrices
from monitor.config import store
from monitor.config.config import Config, Integration, Target
from monitor.config.customers import customers_of
from monitor.config.expected import keys, mark_of
from monitor.config.names import named
from monitor.config.problem import ConfigError, Mark, Problem
from monitor.config.read import read
from monitor.config.reference import without_values
from monitor.config.targets import kind_of, targets_of
from monitor.config.tree import Entries, Node, Scalar
from monitor.config.validate import validate
from monitor.config.watching import WatchKeys
from monitor.config.written import Cadence, FileKeys, IntegrationKeys
from monitor.nearest import nearest

SECTIONS = frozenset({"integrations", "customers", "channels", "matrix"})
"""The sections that hold names of the user's own, each checked entry by entry."""


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """The configuration in `path` with its escalation file. Raises `ConfigError` with every problem found.

    References are resolved against `environ` and the folder of `path`; nothing but files is read, and nothing is sent.
    """
    problems: list[Problem] = []
    try:
        for family in plugins.Family:
            plugins.kinds(family)
    except plugins.BrokenPlugin as error:
        raise ConfigError([Problem(mark=Mark(file=str(path)), text=str(error))]) from error
    root = read(path, environ, problems)
    file = validate(FileKeys, root.only(frozenset(root.entries) - SECTIONS), problems, also=SECTIONS)
    defaults = file.defaults if file is not None else Cadence()
    probing = _probing_defaults(root.entries.get("probing"))
    integrations: dict[str, Integration] = {}
    targets: list[Target] = []
    for name, at, node in named(root.entries.get("integrations"), "integration", problems):
        integrations[name] = _integration(name, at, node, problems)
        targets.extend(targets_of(name, node, probing, defaults, path.parent, problems))
    channels = _channels(root.entries.get("channels"), problems)
    known, ways = frozenset(integrations), outlets(channels)
    # What is said of channels that could not be read cannot be judged.
    unread = set(channels) != set(getattr(root.entries.get("channels"), "entries", ()))
    customers = customers_of(root.entries.get("customers"), path.parent, known, None if unread else ways, problems)
    matrix = matrices.load(root, path, environ, channels, problems)
    url = _store(root, file, path, problems)
    for name, window in file.maintenance.items() if file is not None else ():
        for where in window.where:
            integration = where.strip("/").partition("/")[0]
            if "*" not in integration and integration not in integrations:
                text = f"window {name!r} is about {integration!r}, which is no integration"
                mark = mark_of(root, ("maintenance", name, "where"))
                problems.append(Problem(mark=mark, text=text, hint=nearest(integration, integrations)))
    if file is not None and matrix is not None:
        _known_to_watch(root, file.watch, channels, matrix, problems)
    if problems or file is None or matrix is None:
        raise ConfigError(without_values(problems, root))
    return Config(
        file=path,
        environment=file.environment,
        store=url,
        web=file.web,
        probing=file.probing,
        defaults=file.defaults,
        integrations=integrations,
        targets=tuple(targets),
        customers=customers,
        texts=file.customer_updates.texts,
        matrix=matrix,
        channels=channels,
        noise=file.noise,
        watch=file.watch,
        windows=(
            *(
                window.silence(Hush.MAINTENANCE, f"{name}/{number}" if len(window.where) > 1 else name, where)
                for name, window in file.maintenance.items()
                for number, where in enumerate(window.where, start=1)
            ),
            *(window for integration in integrations.values() for window in integration.release_windows),
        ),
    )


def _known_to_watch(
    root: Entries, watch: WatchKeys, channels: Mapping[str, Channel], matrix: Matrix, problems: list[Problem]
) -> None:
    """What the pages about driftpager itself name must be there: they are tested by the day on which they are needed."""
    for part, keys_ in (("canary", watch.canary), ("emergency", watch.emergency)):
        for key, name, known in (("channel", keys_.channel, channels), ("contact", keys_.contact, matrix.contacts)):
            if name is not None and name not in known:
                text = f"{key!r} is {name!r}, which is no {key}"
                problems.append(Problem(mark=mark_of(root, ("watch", part, key)), text=text, hint=nearest(name, known)))
        address = getattr(channels.get(keys_.channel or ""), "address", "")
        contact = matrix.contacts.get(keys_.contact or (matrix.last_resort or "" if part == "emergency" else ""))
        if keys_.channel in channels and address and (contact is None or not getattr(contact, address, "")):
            text = f"{keys_.channel!r} needs a contact with {address!r} to write to"
            mark = mark_of(root, ("watch", part, "channel"))
            problems.append(Problem(mark=mark, text=text, hint="name one with 'contact'"))


def _store(root: Entries, file: FileKeys | None, path: Path, problems: list[Problem]) -> str:
    written = root.entries.get("store")
    if isinstance(written, Scalar) and isinstance(written.value, str):
        return store.absolute(written.value, path.parent, written, problems)
    default = Scalar(value=(file or FileKeys()).store, mark=Mark(file=str(path)))
    return store.absolute(str(default.value), path.parent, default, problems)


def _probing_defaults(probing: Node | None) -> Entries | None:
    """What `probing` says for every target, under the names that targets have for it."""
    if not isinstance(probing, Entries):
        return None
    words = {"deadline": "deadline", "private_networks": "private"}
    said = {theirs: ours for ours, theirs in words.items() if ours in probing.entries}
    return Entries(
        entries={theirs: probing.entries[ours] for theirs, ours in said.items()},
        keys={theirs: probing.keys[ours] for theirs, ours in said.items()},
        mark=probing.mark,
    )


def _integration(name: str, at: Mark, node: Entries, problems: list[Problem]) -> Integration:
    found = validate(IntegrationKeys, node.only(keys(IntegrationKeys)), problems, at=at)
    if found is None:
        return Integration(name=name, criticality=Criticality.NORMAL)
    return Integration(
        name=name,
        criticality=found.criticality,
        owner=found.owner,
        runbook=found.runbook,
        vendor_contact=found.vendor_contact,
        release_windows=tuple(
            window.silence(Hush.RELEASE, f"{name}/release-{number}", name)
            for number, window in enumerate(found.release_windows, start=1)
        ),
        known_as=found.known_as,
    )


def _channels(section: Node | None, problems: list[Problem]) -> dict[str, Channel]:
    found: dict[str, Channel] = {}
    for name, at, node in named(section, "channel", problems):
        model = kind_of(node, at, plugins.Family.CHANNEL, problems)
        channel = validate(model, node, problems, at=at) if model is not None else None
        if channel is not None:
            found[name] = _as_channel(channel)
    return found


def _as_channel(model: BaseModel) -> Channel:
    return model  # type: ignore[return-value]  # because discovery promises it: the contract suite holds every CHANNEL to Channel
