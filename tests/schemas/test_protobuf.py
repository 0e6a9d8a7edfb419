"""Protocol buffers: each rule in both directions, our reading held against the real compiler, and whatever bytes come."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from grpc_tools import protoc
from hypothesis import given
from hypothesis import strategies as st

from schemas import formats
from schemas.change import Direction, Finding, Impact
from schemas.compare import compare
from schemas.document import Document, Part
from schemas.errors import Unreadable
from schemas.lens import Lens, Policy
from schemas.protobuf.model import Schema
from schemas.rules.protobuf import RULES
from tests.schemas.judged_corpus import CORPUS, Case, cases, documents, read_or_refused, rules_shown

BUNDLED = sorted((CORPUS / "protobuf").glob("*/parts-before"))
COMPILED = [
    path for path in documents("protobuf") if "(acme.note)" not in path.read_text() and not [*path.parent.glob("parts-*")]
]

EVERYTHING = """
edition = "2023";
package acme.everything.v1;
import public "google/protobuf/descriptor.proto";
import "google/protobuf/any.proto";
option features = { field_presence: IMPLICIT, repeated_field_encoding: EXPANDED };
extend google.protobuf.FieldOptions { string note = 50001; }
message Outer {
  option deprecated = true;
  message Inner {
    enum Kind { option allow_alias = true; A = 0; B = 0x2; C = 02; D = -5; reserved 7 to 9, 100 to max; reserved GONE; }
  }
  Inner.Kind kind = 1 [default = B, features.field_presence = EXPLICIT, (note) = "a" "b"];
  map<int32, .acme.everything.v1.Outer.Inner> parts = 2;
  map<string, bytes> raw = 3;
  google.protobuf.Any any = 4;
  oneof pick { string one = 5; Inner two = 6; }
  repeated fixed64 numbers = 7 [features.repeated_field_encoding = PACKED];
  Outer again = 8 [features = { message_encoding: DELIMITED }, deprecated = true];
  string named_like_this = 9 [json_name = "@odd"];
  int32 must = 10 [features.field_presence = LEGACY_REQUIRED];
  float factor = 11 [features.field_presence = EXPLICIT, default = -1.5e3];
  extensions 1000 to 1999, 5000 to max;
  reserved 12, 14 to 16;
  reserved old, older;
}
message option { string message = 1; string enum = 2; string reserved_ = 3; string syntax = 4; }
extend Outer { repeated string labels = 1000; Outer.Inner.Kind more = 1001; }
service Calls {
  option deprecated = true;
  rpc One(Outer) returns (Outer.Inner) { option deprecated = true; }
  rpc Two(stream .acme.everything.v1.Outer) returns (stream Outer) {}
  rpc stream(stream Outer) returns (Outer);
}
"""

OLDER = """
syntax = "proto2";
message Search {
  required string query = 1;
  optional group Result = 2 { optional string url = 1; repeated group Hit = 3 { required int32 at = 1; } }
  optional string text = 3 [default = 'a\\'b"c\\n'];
  oneof which { group Left = 4 { optional int32 x = 1; } int32 right = 5; }
  extensions 100 to 200 [verification = UNVERIFIED];
  extend Search { optional Search nested = 150; }
}
enum Closed { FIRST = 1; SECOND = 2; }
"""


def compiled(text: str, folder: Path, *options: str) -> bytes:
    """The set of descriptors that the real compiler makes of a file, in a folder that may hold what it imports."""
    (folder / "one.proto").write_text(text)
    made = folder / "one.binpb"
    common = Path(protoc.__file__).parent / "_proto"
    words = ["protoc", f"-I{folder}", f"-I{common}", f"--descriptor_set_out={made}", *options, str(folder / "one.proto")]
    assert protoc.main(words) == 0
    return made.read_bytes()


def read(raw: bytes) -> Schema:
    schema: Schema = formats.load("protobuf").read(Document(content=raw))
    return schema


def judged(old: str, new: str, lens: Lens = Lens()) -> tuple[Finding, ...]:
    head = 'syntax = "proto3";\n'
    return compare(Document(content=(head + old).encode()), Document(content=(head + new).encode()), lens=lens).findings


@pytest.mark.parametrize(("case", "order"), cases("protobuf"))
def test_a_case_of_the_corpus_is_judged_as_expected(case: Case, order: str) -> None:
    assert case.found(order) == case.expected(order)


@pytest.mark.parametrize("parts", BUNDLED, ids=lambda path: path.parent.name)
def test_a_bundle_reads_as_the_real_compiler_understands_it(parts: Path, tmp_path: Path) -> None:
    shutil.copytree(parts, tmp_path, dirs_exist_ok=True)
    text = (parts.parent / "before.proto").read_text()
    theirs = read(compiled(text, tmp_path, "--include_imports"))
    files = [path for path in parts.rglob("*") if path.is_file()]
    kept = tuple(Part(name=path.relative_to(parts).as_posix(), content=path.read_bytes()) for path in files)
    ours: Schema = formats.load("protobuf").read(Document(content=text.encode(), parts=kept))
    assert (ours.messages, ours.services) == (theirs.messages, theirs.services)
    assert len(ours.messages) > 1


def test_every_rule_has_a_case() -> None:
    assert {row.id for row in RULES} - rules_shown("protobuf") == set()


@pytest.mark.parametrize("text", [EVERYTHING, OLDER, *(path.read_text() for path in COMPILED)])
def test_a_file_reads_as_the_real_compiler_understands_it(text: str, tmp_path: Path) -> None:
    ours, theirs = read(text.encode()), read(compiled(text, tmp_path))
    assert ours.messages == theirs.messages
    assert ours.enums == theirs.enums
    assert ours.services == theirs.services
    assert ours.extensions == theirs.extensions
    assert ours.messages or ours.enums


@pytest.mark.parametrize("path", COMPILED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_document_of_the_corpus_is_recognised(path: Path) -> None:
    assert formats.recognise(Document(content=path.read_bytes())).name == "protobuf"


def test_a_graphql_schema_that_speaks_of_messages_is_none() -> None:
    text = (
        '''"""
Sent as
message Order {
'''
        + '''"""
type Query {
  orders(first: Int = 10): Int
}
'''
    )
    assert formats.recognise(Document(content=text.encode())).name == "graphql"


def test_descriptors_are_recognised_and_compared_with_text(tmp_path: Path) -> None:
    text = Document(content=b'syntax = "proto3";\npackage a;\nmessage M { string id = 1; }')
    set_ = Document(content=compiled('syntax = "proto3";\npackage a;\nmessage M { string id = 1; int32 n = 2; }', tmp_path))
    assert formats.recognise(set_).name == "protobuf"
    assert [finding.address for finding in compare(set_, text, format="protobuf").findings] == ["a.M.n"]


def test_a_change_is_told_with_its_line_and_the_calls_it_reaches() -> None:
    rest = "service S { rpc Get(Q) returns (A); rpc Set(A) returns (Q); }\nmessage Q { A inner = 1; }\n"
    (finding,) = judged(rest + "message A {\n int32 n = 1;\n}", rest + "message A {\n string n = 1;\n}")
    assert (finding.operations, finding.source.line) == (("S/Get", "S/Set"), 5)
    assert finding.members == ("A.n",)


def test_a_message_is_judged_in_the_direction_in_which_calls_carry_it() -> None:
    calls = "service S { rpc Get(Q) returns (A); }\nmessage Q { string id = 1; }\n"
    old, new = (
        calls + "message A { Deep deep = 1; } message Deep { int32 n = 1; int32 m = 2; }",
        calls + ("message A { Deep deep = 1; } message Deep { int32 n = 1; }"),
    )
    (finding,) = judged(old, new)
    assert (finding.request, finding.response) == (None, Impact.BREAKING)
    assert judged(old, new, Lens(direction=Direction.REQUEST)) == ()


def test_who_generates_code_breaks_on_what_is_risky_on_the_wire() -> None:
    (finding,) = judged("message M { int32 n = 1; }", "message M { int64 n = 1; }", Lens(policy=Policy.STRICT_CODEGEN))
    assert finding.impact is Impact.BREAKING


def test_an_import_that_is_not_there_hides_nothing_else() -> None:
    head = 'import "elsewhere.proto";\n'
    old = head + "message M { other.Thing thing = 1; int32 n = 2; }"
    assert judged(old, old.replace("other.Thing", ".other.Thing")) == ()
    assert [f.address for f in judged(old, head + "message M { other.Thing thing = 1; string n = 2; }")] == ["M.n"]
    (told,) = judged(old, head + "message M { other.Thang thing = 1; int32 n = 2; }")
    assert (told.rule, told.impact) == ("proto.field.type-changed", Impact.RISKY)


def test_messages_that_hold_each_other_end() -> None:
    old = "message A { B b = 1; } message B { A a = 1; int32 n = 2; } message M { A it = 1; }"
    new = "message C { D b = 1; } message D { C a = 1; int32 n = 2; } message M { C it = 1; }"
    assert {f.rule for f in judged(old, new)} == {"proto.type.removed"}
    assert "proto.field.wire-incompatible" in {f.rule for f in judged(old, new.replace("int32 n", "string n"))}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('syntax = "proto9";', "syntax `proto9` is none that is known (proto2, proto3) at line 1, column 18"),
        ('edition = "1999";\nmessage M {}', "edition `1999` is none that is known"),
        ("message M {\n  string id = ;\n}", "a number is expected, not `;` at line 2, column 15"),
        ("message M {\n  string id = 1", "`;` is expected, not the end of the file at line 2"),
        ("message M { string id = 0; }", "the number 0 is not from 1 to 536870911"),
        ("message M { string id = 1; } §", "`§` begins no word at line 1, column 30"),
        ("message M " * 5, "`{` is expected, not `message`"),
        ("message M { message M { " * 40, "more than 64 definitions stand inside of each other"),
        ('import "a.proto";', "a .proto file that defines nothing"),
        ("\x00\x01", "begins no word at line 1, column 2"),
    ],
)
def test_what_is_no_such_file_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(text.encode())
    assert told in str(refused.value)


def test_neither_text_nor_descriptors_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"neither a \.proto file nor a set of descriptors"):
        read(b"\x0a\xff\xfe")


@given(st.binary(max_size=200) | st.text(alphabet='message{}=;"1 <>enum[]\n/*.-', max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for content in (raw, b"message M { string id = 1; " + raw, b"\n" + raw):
        read_or_refused("protobuf", content)
