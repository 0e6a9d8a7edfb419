"""The targets of one integration: each block checked with the model of its kind, and expanded to single surfaces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from monitor import plugins
from monitor.config.config import Target
from monitor.config.expected import keys
from monitor.config.names import named
from monitor.config.policy import policy_of
from monitor.config.problem import Mark, Problem
from monitor.config.published import published_of
from monitor.config.tree import Entries, Scalar
from monitor.config.usage import sources_of
from monitor.config.validate import validate
from monitor.config.written import Cadence, IntegrationKeys, TargetKeys
from monitor.nearest import nearest
from monitor.watch import TargetName
from probes.probe import Probe
from schemas.usage import together

COMMON = keys(TargetKeys)


def targets_of(
    integration: str, block: Entries, everywhere: Entries | None, defaults: Cadence, folder: Path, problems: list[Problem]
) -> list[Target]:
    """Every target of `block`, as far as they can be read; what cannot is in `problems`.

    A key of the integration that is none of its own is a default for each target that takes it; one that no target
    takes is unknown. `everywhere` are defaults for the targets of all integrations, where they take them.
    """
    shared = block.only(frozenset(block.entries) - keys(IntegrationKeys) - {"targets"})
    taken: set[str] = set(COMMON)
    found: list[Target] = []
    for name, at, node in named(block.entries.get("targets"), "target", problems):
        model = kind_of(node, at, plugins.Family.PROBE, problems)
        if model is None:
            # Until its kind is known, whatever any kind takes may be meant for it.
            taken.update(*(keys(each) for each in plugins.kinds(plugins.Family.PROBE).values()))
            continue
        takes = COMMON | keys(model)
        taken |= takes
        whole = node.merged(shared.only(takes - {"kind"}))
        around = shared.only(frozenset({"policy"})) if "policy" in node.entries else None
        if everywhere is not None:
            whole = whole.merged(everywhere.only(takes))
        found.extend(_expanded(f"{integration}/{name}", integration, at, whole, around, model, defaults, folder, problems))
    for word in sorted(frozenset(shared.entries) - taken | frozenset(shared.entries) & {"kind"}):
        hint = nearest(word, (taken | keys(IntegrationKeys) | {"targets"}) - {"kind"})
        problems.append(Problem(mark=shared.keys[word], text=f"unknown key {word!r}", hint=hint))
    return found


def kind_of(node: Entries, at: Mark, family: plugins.Family, problems: list[Problem]) -> type[BaseModel] | None:
    """The model that `kind` names; None with a problem that lists the valid kinds."""
    kinds = plugins.kinds(family)
    written = node.entries.get("kind")
    if written is None:
        problems.append(Problem(mark=at, text="'kind' is missing", hint=f"valid: {', '.join(kinds)}"))
        return None
    word = written.value if isinstance(written, Scalar) else None
    if isinstance(word, str) and word in kinds:
        return kinds[word]
    text = f"unknown kind of {family} {word!r}" if word is not None else f"'kind' must name a kind of {family}"
    hint = nearest(str(word), kinds)
    if hint.startswith("did you mean"):
        hint += f" (valid: {', '.join(kinds)})"
    problems.append(Problem(mark=written.mark, text=text, hint=hint))
    return None


def _expanded(
    name: str,
    integration: str,
    at: Mark,
    node: Entries,
    around: Entries | None,
    model: type[BaseModel],
    defaults: Cadence,
    folder: Path,
    problems: list[Problem],
) -> list[Target]:
    """The targets of one block. `around` is what its integration says of the policy where the block says more."""
    probe = probe_of(model, node.only((frozenset(node.entries) - COMMON) | keys(model)), at, folder, problems)
    common = validate(TargetKeys, node.only(COMMON), problems, at=at)
    beyond = validate(TargetKeys, around, problems) if around is not None else TargetKeys()
    if probe is None or common is None or beyond is None:
        return []
    policy, rulings = policy_of((common.policy, beyond.policy, defaults.policy))
    sources = sources_of(common.usage, node.entries.get("usage", node), folder, problems)
    template = Target(
        name=TargetName(name),
        integration=integration,
        probe=probe,
        every=common.every if common.every is not None else defaults.every,
        confirm_after=common.confirm_after if common.confirm_after is not None else defaults.confirm_after,
        policy=policy,
        rulings=rulings,
        usage=together(source.usage for source in sources),
        sources=sources,
        format=common.format,
        paused=common.paused,
    )
    found: dict[TargetName, Target] = {}
    for suffix, single in template.probe.expand():
        full = TargetName(f"{name}/{suffix}" if suffix else name)
        if full in found:
            problems.append(Problem(mark=at, text=f"names {suffix!r} twice", hint="name each object once"))
        written_in = template.format or single.format()
        told = published_of(single, node, problems)
        found[full] = replace(template, name=full, probe=single, format=written_in, published=told)
    if not found:
        problems.append(Problem(mark=at, text="stands for no target at all", hint="name at least one object"))
    return list(found.values())


def probe_of(model: type[BaseModel], node: Entries, at: Mark, folder: Path, problems: list[Problem]) -> Probe | None:
    """The probe that `node` configures, its paths relative to `folder`; None with the reasons in `problems`."""
    probe = validate(model, node, problems, at=at, also=COMMON)
    if probe is not None:
        paths = {name: value for name in model.model_fields if isinstance(value := getattr(probe, name), Path)}
        probe = probe.model_copy(update={name: folder / path for name, path in paths.items()})
    return probe  # type: ignore[return-value]  # because discovery promises it: the contract suite holds every PROBE to Probe
