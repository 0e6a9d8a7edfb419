"""Declared use of services, messages and events: held against all names of the schema, as for every other format."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas import formats
from schemas.compare import compare
from schemas.document import Document
from schemas.lens import Lens
from schemas.usage import Usage
from schemas.usages import understand
from tests.schemas.judged_corpus import CORPUS


def before(format: str, case: str) -> Document:
    (path,) = (CORPUS / format / case).glob("before.*")
    return Document(content=path.read_bytes(), source=path.name)


def named(format: str, case: str, **usage: set[str]) -> tuple[Usage, set[str]]:
    schema = formats.load(format).read(before(format, case))
    found = understand(Usage(**{key: frozenset(names) for key, names in usage.items()}), format, schema)
    return found.usage, {name for name, _ in found.unmatched}


@pytest.mark.parametrize("format", ["wsdl", "protobuf", "odata", "avro"])
def test_every_name_that_a_finding_goes_by_may_be_declared(format: str) -> None:
    offered = formats.load(format)
    assert isinstance(offered, formats.Naming)
    strange = list[tuple[str, str]]()
    for folder in sorted((CORPUS / format).iterdir()):
        ((old,), (new,)) = folder.glob("before.*"), folder.glob("after.*")
        documents = [Document(content=path.read_bytes(), source=path.name) for path in (old, new)]
        known: set[str] = set()
        for document in documents:
            operations, members = offered.names(offered.read(document))
            known |= {name.casefold() for name in (*operations, *members)}
        for finding in compare(documents[0], documents[1], format=format).findings:
            if finding.rule.startswith(("property.", "null.", "type.", "enum.", "proto.field")) and "@" not in finding.address:
                hit = {name.rstrip("{}[]").casefold() for name in (*finding.members, *finding.operations)}
                if not hit & known:
                    strange.append((folder.name, finding.address))
    assert strange == []


@pytest.mark.parametrize("format", ["wsdl", "protobuf", "odata", "avro"])
def test_what_names_nothing_is_told_and_is_no_declaration_by_itself(format: str) -> None:
    case = {"protobuf": "proto.field.removed"}.get(format, "property.removed")
    usage, unmatched = named(format, case, fields={"Nonsense.total"}, operations={"Nonsense"})
    assert unmatched == {"Nonsense.total", "Nonsense"}
    assert not usage.declared


def test_a_call_may_be_named_by_its_end() -> None:
    folder = CORPUS / "protobuf"
    raw = next(path for path in sorted(folder.glob("*/before.proto")) if b"rpc " in path.read_bytes())
    schema = formats.load("protobuf").read(Document(content=raw.read_bytes()))
    full, _ = next(schema.operations())
    for spelt in (full, full.rpartition("/")[2], f"{full.partition('/')[0].rpartition('.')[2]}/{full.rpartition('/')[2]}"):
        found = understand(Usage(operations=frozenset({spelt})), "protobuf", schema)
        assert (full in found.usage.operations, found.unmatched) == (True, ())


@pytest.mark.parametrize(
    ("field", "use"),
    [("Order__e.Note__c", "used"), ("Order__e.Id__c", "unused"), ("Order__e.*", "used"), ("Ordre__e.Id__c", "undeclared")],
)
def test_a_misspelt_declaration_does_not_make_everything_unused(field: str, use: str) -> None:
    old, new = (Path(CORPUS / "avro" / "property.removed" / f"{name}.avsc").read_bytes() for name in ("before", "after"))
    lens = Lens(usage=Usage(fields=frozenset({field})))
    (finding,) = compare(Document(content=old), Document(content=new), format="avro", lens=lens).findings
    assert str(finding.use) == use
