"""The child that reads what a stranger wrote: `main` in a process of its own. It sees documents and nothing else.

It answers one length-prefixed pickle after another on standard input with a length-prefixed JSON `Verdict` each, and ends
with its input. Only `schemas` is imported and the environment is empty: it starts fast and has no secret to lose.
"""

from __future__ import annotations

import gc
import pickle
import resource
import sys
from dataclasses import dataclass, replace

import orjson

from schemas import formats
from schemas.change import Finding
from schemas.compare import compare
from schemas.document import Document
from schemas.errors import SchemaError, UnknownFormat
from schemas.lens import Lens, Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Compare two documents."""

    old: Document
    new: Document
    format: str | None
    lens: Lens


@dataclass(frozen=True, slots=True, kw_only=True)
class Describe:
    """Say what a document is."""

    document: Document
    format: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Turn a sampled answer into its shape, merged into a learned one where given."""

    answer: Document
    learned: Document | None


Ask = Pair | Describe | Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a document is: its format, and a few words about it."""

    format: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to any of them. `failure` is empty, `unreadable`, `unknown-format` or `internal`, with its `text`."""

    format: str = ""
    findings: tuple[Finding, ...] = ()
    description: str = ""
    shape: str = ""
    failure: str = ""
    text: str = ""


def answer(ask: Ask) -> Verdict:
    """Do what is asked; every failure becomes a verdict that says so."""
    try:
        match ask:
            case Pair():
                comparison = compare(ask.old, ask.new, format=ask.format, lens=replace(ask.lens, proof=Proof.ALWAYS))
                return Verdict(format=comparison.format, findings=comparison.findings)
            case Describe():
                found = formats.load(ask.format) if ask.format else formats.recognise(ask.document)
                return Verdict(format=found.name, description=found.describe(found.read(ask.document)))
            case Shape():
                from schemas.samples.learned import learn  # only samples need it

                learned = learn(ask.learned.content if ask.learned else None, ask.answer.content)
                return Verdict(format="sample", shape=learned.decode())
    except UnknownFormat as error:
        return Verdict(failure="unknown-format", text=str(error))
    except SchemaError as error:
        return Verdict(failure="unreadable", text=str(error))
    except MemoryError:
        return Verdict(failure="unreadable", text="reading needs more memory than a document is given")
    except RecursionError:
        return Verdict(failure="unreadable", text="the document is nested too deeply")
    except Exception as error:  # noqa: BLE001 - the guard around one document: say which of our own errors it was
        return Verdict(
            failure="internal", text=f"driftpager could not judge the document ({type(error).__name__}); please report it"
        )


def main() -> None:
    """Serve until the input ends."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    gc.disable()  # documents are trees read once; collecting them costs more than it frees
    inward, outward = sys.stdin.buffer, sys.stdout.buffer
    while header := inward.read(8):
        ask: Ask = pickle.loads(inward.read(int.from_bytes(header, "big")))  # noqa: S301 - from our own parent process
        reply = orjson.dumps(answer(ask))
        outward.write(len(reply).to_bytes(8, "big") + reply)
        outward.flush()
        del ask, reply
        gc.collect()
