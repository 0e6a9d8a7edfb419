"""`driftpager channels`: what is configured, does it work, and one more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import click
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from alerts.channels import Channel, Checks, outlets
from monitor.checking import Answer, Verdict, ask
from monitor.cli.configured import config_option, configured
from monitor.cli.exits import CouldNotCheck, Exit, Misused
from monitor.cli.identity import as_option
from monitor.cli.output import as_json, output_option, table
from monitor.clock import SystemClock
from monitor.config import ConfigError, environ, load
from monitor.config.adding import CannotAdd, replace_file, snippet, with_channel
from monitor.config.problem import Mark, Problem
from monitor.config.reference import resolve
from monitor.config.tree import Scalar
from monitor.egress import Egress
from monitor.nearest import nearest
from monitor.plugins import Family, kinds

_MARK = Mark(file="--set")


@click.group(short_help="What carries pages, tickets and threads: list, check, add.")
def channels() -> None:
    """What carries pages, tickets and threads.

    \b
    Examples:
      driftpager channels list
      driftpager channels check jira
      driftpager channels add slack
      driftpager channels add jira --set url=https://acme.atlassian.net --set token=env:JIRA_TOKEN --dry-run
    """


@channels.command(name="list", short_help="The configured channels, and what each can do.")
@config_option
@output_option("text", "json")
def list_channels(file: str, output: str) -> int:
    """List the configured channels: what each is, whom it reaches, and what comes back from it.

    \b
    Examples:
      driftpager channels list
      driftpager channels list --output json
    """
    config = configured(file)
    rows = [
        (name, each.kind, _reaches(each.address, rings=each.rings), ", ".join(_can(config.channels[name])) or "-")
        for name, each in outlets(config.channels).items()
    ]
    columns = ("channel", "kind", "reaches", "also")
    if output == "json":
        as_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        table(columns, rows)
    return Exit.CLEAN


@channels.command(short_help="Try the credentials with a harmless call.")
@click.argument("names", nargs=-1, metavar="[CHANNEL]...")
@config_option
@output_option("text", "json")
def check(names: tuple[str, ...], file: str, output: str) -> int:
    """Ask each CHANNEL (default: all) something that nobody notices: are the credentials right, do they lapse soon?

    \b
    Examples:
      driftpager channels check
      driftpager channels check jira slack --output json

    Exit 0: all is well; 2: something is not.
    """
    config = configured(file)
    for name in names:
        if name not in config.channels:
            raise Misused(f"there is no channel {name!r}; {nearest(name, config.channels)}")
    wanted = {name: config.channels[name] for name in names or config.channels}
    probing = config.probing

    async def all_of() -> list[Verdict]:
        async with Egress(private=probing.private_networks, authority=probing.ca_file) as http:
            return [await ask(name, each, http, SystemClock(), config.environment) for name, each in wanted.items()]

    answers = asyncio.run(all_of())
    if output == "json":
        as_json([{"channel": each.channel, "answer": str(each.answer), "told": each.told} for each in answers])
    else:
        table(("channel", "", "answer"), [(each.channel, str(each.answer), each.told) for each in answers])
    return Exit.UNCHECKED if any(each.answer is Answer.TROUBLE for each in answers) else Exit.CLEAN


@channels.command(short_help="Configure one more: asks, tries, then writes.")
@click.argument("kind")
@click.option("--name", default="", help="What to call it; by default its kind.")
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE", help="A setting; what is needed and not given is asked for.")
@click.option("--test", "tested", is_flag=True, help="Send a page marked PRACTICE through it at the end.")
@click.option("--unchecked", is_flag=True, help="Write it without trying the credentials.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@as_option
@config_option
@click.pass_context
def add(
    context: click.Context,
    kind: str,
    name: str,
    given: tuple[str, ...],
    tested: bool,
    unchecked: bool,
    dry_run: bool,
    by: str | None,
    file: str,
) -> int:
    """Ask for what a channel of KIND needs, try its credentials with a harmless call, and write it into the configuration.
    A secret is given by reference, env:NAME or file:/path, and never written.

    \b
    Examples:
      driftpager channels add slack
      driftpager channels add webhook --name ops --set url=env:OPS_URL --set secret=env:OPS_SECRET
      driftpager channels add jira --dry-run

    Exit 0: written; 2: the credentials do not work, and nothing was written; 3: usage or configuration.
    """
    models = kinds(Family.CHANNEL)
    model = models.get(kind)
    if model is None:
        raise Misused(f"there is no kind of channel {kind!r}; {nearest(kind, models)}")
    config, name, path = configured(file), name or kind, Path(file)
    if rights := getattr(model, "rights", ""):
        click.echo(f"The least rights it needs: {rights}")
    settings = {"kind": kind, **_asked(model, _given(given, model))}
    channel = _made(model, settings, path)
    try:
        text = with_channel(path.read_text("utf-8"), name, settings)
        _still_right(path, text)
    except CannotAdd as error:
        raise Misused(f"{error}:\n{snippet(name, settings)}") from None
    if not unchecked:
        _tried(name, channel, config.probing.private_networks, config.probing.ca_file, config.environment)
    if dry_run:
        click.echo(snippet(name, settings), nl=False)
        return Exit.CLEAN
    try:
        replace_file(path, text)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {path}: {error.strerror or 'input/output error'}") from None
    click.echo(f"wrote channel {name} into {path}; a running daemon takes it over on SIGHUP")
    if not tested:
        return Exit.CLEAN
    from monitor.cli.practice import send_test_page

    return int(context.invoke(send_test_page, channels=(name,), by=by, file=file, output="text"))


def _reaches(address: str, *, rings: bool) -> str:
    if not rings:
        return "nobody: it keeps records"
    return f"a contact by their {address}" if address else "one fixed destination"


def _can(channel: Channel) -> list[str]:
    from alerts.channels import FindsMentions, HearsWebhooks, Lapses, Polls, Rates, ReadsBack
    from alerts.signals import HearsSignals

    said = {"keeps records": getattr(channel, "keeps_records", False), "reads back": isinstance(channel, ReadsBack)}
    said["hears webhooks"] = isinstance(channel, HearsWebhooks)
    said["polls"] = isinstance(channel, Polls)
    said["hears alarms"] = isinstance(channel, HearsSignals)
    said["told again"] = isinstance(channel, Lapses)
    said["lists changes"] = getattr(channel, "hears_changes", False)
    said["never says whether a page is there"] = not getattr(channel, "proves", True)
    said["imports ratings"] = isinstance(channel, Rates)
    said["finds customers' tickets"] = isinstance(channel, FindsMentions)
    return [words for words, true in said.items() if true]


def _given(given: tuple[str, ...], model: type[BaseModel]) -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals:
            raise Misused(f"--set {key!r} has no value; write --set KEY=VALUE")
        if key not in model.model_fields or key == "kind":
            raise Misused(f"there is no setting {key!r}; {nearest(key, set(model.model_fields) - {'kind'})}")
        text = _is_text(model.model_fields[key]) or value.startswith(("env:", "file:"))
        found[key] = value if text else yaml.safe_load(value)
    return found


def _asked(model: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, and what the person answers for the rest that is needed.

    A kind that may be configured in several ways needs no single setting; it `asks` for those of the usual one, unless a person
    gave any setting and so knows which way they want.
    """
    found, usual = dict(given), () if given else getattr(model, "asks", ())
    for key, field in model.model_fields.items():
        if key == "kind" or key in found or not (field.is_required() or key in usual):
            continue
        if _is_secret(field):
            found[key] = _reference(key)
        else:
            found[key] = click.prompt(key, err=True)
    for key in [key for key, field in model.model_fields.items() if key in found and _is_secret(field)]:
        several = get_origin(model.model_fields[key].annotation) is tuple
        secrets = found[key] if isinstance(found[key], list) else [found[key]]
        found[key] = secrets if several else found[key]
        if not all(str(secret).startswith(("env:", "file:")) for secret in secrets):
            raise Misused(f"{key} is a secret: give it as env:NAME or file:/path, so that it does not stand in the file")
    return found


def _reference(key: str) -> str:
    said: str = click.prompt(f"{key} (a secret: env:NAME or file:/path)", err=True)
    return said


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in _types(field)


def _is_text(field: FieldInfo) -> bool:
    return _types(field) <= {str, SecretStr, type(None)}


def _types(field: FieldInfo) -> set[Any]:
    return set(get_args(field.annotation)) or {field.annotation}


def _made(model: type[BaseModel], settings: Mapping[str, Any], path: Path) -> Channel:
    """The channel as the daemon would read it. Raises `Misused` with everything that is wrong, and no value of a secret."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in settings.items():
        texts = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
        resolved = [resolve(Scalar(value=text, mark=_MARK), environ(), path.parent) for text in texts]
        problems += [problem for _, missing in resolved for problem in missing]
        read = [found.value for found, _ in resolved if isinstance(found, Scalar)]
        if not texts or len(read) < len(texts):
            values[key] = value
        else:
            values[key] = read if isinstance(value, list) else read[0]
    if problems:
        raise Misused("\n".join(f"{each.text}; {each.hint}" if each.hint else each.text for each in problems))
    try:
        return model.model_validate(values)  # type: ignore[return-value]  # because the contract suite holds every CHANNEL to Channel
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, each['loc'])) or 'the channel'}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_input=False, include_url=False)
        ]
        raise Misused("\n".join(lines)) from None


def _still_right(path: Path, text: str) -> None:
    """Raises `Misused` where the configuration would be wrong with it, before anything is written."""
    trial = path.with_name(f".{path.name}.trial")
    try:
        trial.write_text(text, "utf-8")
        load(trial, environ())
    except ConfigError as error:
        raise Misused(str(error).replace(str(trial), str(path))) from None
    except OSError as error:
        raise CouldNotCheck(f"cannot write beside {path}: {error.strerror or 'input/output error'}") from None
    finally:
        trial.unlink(missing_ok=True)


def _tried(name: str, channel: Channel, private: bool, authority: Path | None, environment: str) -> None:
    """Raises `CouldNotCheck` where the vendor does not take our credentials."""

    async def asked() -> Verdict:
        async with Egress(private=private, authority=authority) as http:
            return await ask(name, channel, http, SystemClock(), environment)

    verdict = asyncio.run(asked())
    if verdict.answer is Answer.TROUBLE:
        raise CouldNotCheck(f"{verdict.told}; nothing was written (--unchecked writes it all the same)")
    click.echo(f"{name}: {verdict.told}", err=not isinstance(channel, Checks))
