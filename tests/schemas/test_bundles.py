"""Schemas in several files: what each may take from the others, and what hostile ones are answered with."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import formats
from schemas.addresses import called, placed
from schemas.change import Finding
from schemas.compare import compare
from schemas.document import Document, Part, unpacked
from schemas.errors import Unreadable

HEAD = '<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:u="u" xmlns:v="v"'
ITEM = '<complexType name="Item"><sequence><element name="sku" type="string"/></sequence></complexType>'


def schema(body: str, target: str = "u") -> str:
    named = f' targetNamespace="{target}"' if target else ""
    return f"{HEAD}{named}>{body}</schema>"


def bundle(first: str, source: str = "s.xsd", **parts: str | None) -> Document:
    kept = (Part(name=f"{name}.xsd", content=None if text is None else text.encode()) for name, text in sorted(parts.items()))
    return Document(content=first.encode(), source=source, parts=tuple(kept))


def found(old: Document, new: Document, format: str = "wsdl") -> list[Finding]:
    return list(compare(old, new, format=format).findings)


def told(old: Document, new: Document) -> list[tuple[str, str, str]]:
    return [(each.rule, each.address, each.source.part) for each in found(old, new)]


def test_what_is_included_without_a_namespace_takes_that_of_whoever_includes_it() -> None:
    first = schema('<include schemaLocation="a.xsd"/><element name="e" type="u:Item"/>')
    old, new = (bundle(first, a=schema(ITEM.replace("string", kind), "")) for kind in ("int", "string"))
    assert told(old, new) == [("type.widened", "Item.sku", "a.xsd")]
    alone = Document(content=schema(f'{ITEM}<element name="e" type="u:Item"/>').replace("string", "int").encode())
    assert found(old, alone) == []


def test_one_file_may_stand_in_two_namespaces() -> None:
    first = schema(
        '<include schemaLocation="a.xsd"/><import namespace="v" schemaLocation="b.xsd"/><element name="e" type="v:Item"/>'
    )
    other = schema('<include schemaLocation="a.xsd"/>', "v")
    old, new = (bundle(first, a=schema(item, ""), b=other) for item in (ITEM, ITEM.replace('"sku"', '"code"')))
    assert {(each.rule, each.address) for each in found(old, new)} == {
        ("property.removed", "Item.sku"),
        ("property.required-added", "Item.code"),
    }


def test_a_type_that_redefines_itself_has_what_it_had_before() -> None:
    again = '<complexType name="Item"><complexContent><extension base="u:Item"><sequence><element name="more" type="int"/>'
    again += "</sequence></extension></complexContent></complexType>"
    first = schema(f'<redefine schemaLocation="a.xsd">{again}</redefine><element name="e" type="u:Item"/>')
    read = formats.load("wsdl").read(bundle(first, a=schema(ITEM)))
    assert [each.name for each in read.members("{u}Item")] == ["sku", "more"]


def test_a_type_that_was_moved_into_another_file_is_no_change() -> None:
    whole = bundle(schema(f'{ITEM}<element name="e" type="u:Item"/>'))
    split = bundle(schema('<include schemaLocation="a.xsd"/><element name="e" type="u:Item"/>'), a=schema(ITEM))
    assert found(whole, split) == found(split, whole) == []


def test_a_part_that_is_gone_is_one_finding_and_one_that_comes_back_is_none() -> None:
    first = schema('<include schemaLocation="a.xsd"/><element name="e" type="u:Item"/><element name="f" type="u:Kind"/>')
    kind = '<simpleType name="Kind"><restriction base="string"><enumeration value="A"/></restriction></simpleType>'
    there, gone = bundle(first, a=schema(ITEM + kind)), bundle(first, a=None)
    assert told(there, gone) == [("schema.ref-unresolved", "a.xsd", "")]
    assert told(gone, there) == []
    assert told(gone, bundle(first + "\n", a=None)) == []


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><schema/>",
            "the part a.xsd: XML with a document type or an entity is not read at line 1",
        ),
        ("<schema", "the part a.xsd: not XML: "),
        ("<html/>", "the part a.xsd is neither a WSDL nor a schema: its root is <html>"),
        ("<a>" * 5000, "the part a.xsd: not XML: "),
    ],
)
def test_a_part_that_cannot_be_read_is_one_error_that_names_it(part: str, what: str) -> None:
    with pytest.raises(Unreadable) as refused:
        formats.load("wsdl").read(bundle(schema('<include schemaLocation="a.xsd"/>'), a=part))
    assert str(refused.value).startswith(what)


def test_groups_that_unfold_without_end_or_to_too_much_are_refused_before_anybody_unfolds_them() -> None:
    double = "".join(
        f'<group name="g{n}"><sequence><group ref="u:g{n + 1}"/><group ref="u:g{n + 1}"/></sequence></group>' for n in range(60)
    )
    for groups in (double, '<group name="g0"><sequence><group ref="u:g0"/></sequence></group>'):
        with pytest.raises(Unreadable, match="group"):
            formats.load("wsdl").read(bundle(schema(f'{groups}<complexType name="A"><group ref="u:g0"/></complexType>')))


def test_a_wsdl_of_fifty_megabytes_is_read_or_refused_and_its_change_is_found() -> None:
    def service(name: str) -> Document:
        types = (ITEM.replace("Item", f"T{n}").replace("sku", name if n == 7 else "a") for n in range(5000))
        return bundle(schema("".join(types)) + f"<!--{'x' * 1000}-->" * 49_000)

    old, new = service("a"), service("b")
    assert min(old.size, new.size) > 49_000_000
    assert {(each.rule, each.address) for each in found(old, new)} == {
        ("property.removed", "T7.a"),
        ("property.required-added", "T7.b"),
    }


def test_proto_files_that_import_each_other_in_circles_end() -> None:
    first = 'syntax = "proto3"; import "b.proto"; message A { B b = 1; }'
    other = 'syntax = "proto3"; import "b.proto"; import "a.proto"; message B { A a = 1; int32 n = 2; }'
    documents = [
        Document(content=first.encode(), source="a.proto", parts=(Part(name="b.proto", content=text.encode()),))
        for text in (other, other.replace("int32 n", "string n"))
    ]
    assert [(each.rule, each.address, each.source.part) for each in found(documents[0], documents[1], "protobuf")] == [
        ("proto.field.wire-incompatible", "B.n", "b.proto")
    ]


def test_a_proto_file_whose_import_is_not_there_is_read_and_says_so() -> None:
    document = Document(
        content=b'syntax = "proto3"; import "gone.proto"; message A { Gone g = 1; int32 n = 2; }', source="a.proto"
    )
    offered = formats.load("protobuf")
    assert offered.describe(offered.read(document)).endswith("; imports what is not here: gone.proto")
    changed = Document(content=document.content.replace(b"int32 n", b"string n"), source="a.proto")
    assert [each.address for each in found(document, changed, "protobuf")] == ["A.n"]


@pytest.mark.parametrize("said", ['syntax = "proto4";', 'edition = "2099";', 'syntax = "proto3"; import "b.proto"; message A {}'])
def test_an_unknown_level_of_syntax_is_one_error_in_whichever_file_it_stands(said: str) -> None:
    part = Part(name="b.proto", content=b'syntax = "proto4"; message B {}')
    with pytest.raises(Unreadable, match="is none that is known"):
        formats.load("protobuf").read(Document(content=said.encode(), source="a.proto", parts=(part,)))


@given(st.binary(max_size=60), st.lists(st.tuples(st.text(max_size=9), st.none() | st.binary(max_size=60)), max_size=4))
def test_a_packed_bundle_comes_back_as_it_was(content: bytes, files: list[tuple[str, bytes | None]]) -> None:
    document = Document(content=content, parts=tuple(Part(name=name, content=raw) for name, raw in files))
    if document.parts:
        assert unpacked(document.packed()) == (content, document.parts)
    else:
        assert document.packed() == content


@example("a/b.wsdl", ":")
@example("b.wsdl", "./c:d")
@given(st.sampled_from(["https://h.example/a/b?wsdl", "/srv/a/b.wsdl", "a/b.wsdl", "b.wsdl"]), st.text(max_size=20))
def test_what_a_part_is_called_leads_to_it_again(first: str, reference: str) -> None:
    address = placed(first, reference)
    if address:
        assert placed(first, called(first, address)) == address


@given(st.binary(max_size=200), st.sampled_from(["wsdl", "protobuf"]))
def test_looking_for_imports_never_fails(noise: bytes, format: str) -> None:
    for content in (noise, b'<import schemaLocation="' + noise + b'"/>', b'import "' + noise + b'";'):
        assert isinstance(formats.imports(Document(content=content, source="https://h/a"), format=format), tuple)
