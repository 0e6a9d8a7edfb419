"""The grammar of type definitions as regular expressions: one match finds and checks a whole definition at the speed of C.

Possessive quantifiers keep every match linear. What the expressions refuse (deeper nesting than they unroll) is left to
the parser, which says what is wrong and where.
"""

from __future__ import annotations

import re

_UNROLLED = 1
_LISTS = 2

_STRING = r'"""(?:[^"\\]++|\\"""|\\|"(?!""))*+"""|"(?!"")(?:[^"\\\n\r]++|\\.)*+"'
_IGNORED = r"(?:[\s,\ufeff]++|\#[^\n\r]*+)*+"
NAME = r"[_A-Za-z][_0-9A-Za-z]*+"
_NUMBER = r"-?[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"


def _words(*parts: str) -> str:
    """The parts in a row, with what is ignored between them."""
    return _IGNORED.join(parts)


def _value() -> str:
    value = rf"(?:{_STRING}|{_NUMBER}|\$?+{NAME})"
    for _ in range(_UNROLLED):
        items = rf"\[{_IGNORED}(?:{value}{_IGNORED})*+\]"
        members = rf"\{{{_IGNORED}(?:{_words(NAME, ':', value)}{_IGNORED})*+\}}"
        value = rf"(?:{_STRING}|{_NUMBER}|{NAME}|{items}|{members})"
    return value


def _type() -> str:
    reference = rf"{NAME}(?:{_IGNORED}!)?+"
    for _ in range(_LISTS):
        reference = rf"(?:{NAME}|\[{_words('', reference, '')}\])(?:{_IGNORED}!)?+"
    return reference


_VALUE = _value()
_DESCRIPTION = rf"(?:(?:{_STRING}){_IGNORED})?+"
_TYPE = _type()
_DIRECTIVES = rf"(?:{_IGNORED}@{_IGNORED}{NAME}(?:{_IGNORED}\({_IGNORED}(?:{_words(NAME, ':', _VALUE)}{_IGNORED})*+\))?+)*+"
_INPUT = rf"{_DESCRIPTION}{_words(NAME, ':', _TYPE)}(?:{_IGNORED}={_IGNORED}{_VALUE})?+{_DIRECTIVES}"
_ARGUMENTS = rf"\({_IGNORED}(?:{_INPUT}{_IGNORED})*+\)"
_OUTPUT = rf"{_DESCRIPTION}{NAME}{_IGNORED}(?:{_ARGUMENTS})?+{_words('', ':', _TYPE)}{_DIRECTIVES}"
_ENUM_VALUE = rf"{_DESCRIPTION}{NAME}{_DIRECTIVES}"
KEYWORDS = ("directive", "enum", "extend", "input", "interface", "scalar", "schema", "type", "union")
# Older servers print `implements A, B` without the ampersands.
_IMPLEMENTS = rf"(?:{_IGNORED}implements\b(?:{_IGNORED}&?+{_IGNORED}(?!(?:{'|'.join(KEYWORDS)})\b){NAME})++)?+"


def _body(member: str) -> str:
    return rf"(?:{_IGNORED}\{{{_IGNORED}(?:{member}{_IGNORED})*+\}})?+"


def _list(mark: str) -> str:
    """Names after `mark`, such as the members of a union."""
    return rf"{_IGNORED}{mark}(?:{_IGNORED}\|)?+{_IGNORED}{NAME}(?:{_IGNORED}\|{_IGNORED}{NAME})*+"


_DEFINITION = "|".join(
    (
        rf"(?:type|interface)\b{_IGNORED}(?P<output>{NAME}){_IMPLEMENTS}{_DIRECTIVES}{_body(_OUTPUT)}",
        rf"input\b{_IGNORED}(?P<input>{NAME}){_DIRECTIVES}{_body(_INPUT)}",
        rf"enum\b{_IGNORED}(?P<enum>{NAME}){_DIRECTIVES}{_body(_ENUM_VALUE)}",
        rf"union\b{_IGNORED}(?P<union>{NAME}){_DIRECTIVES}(?:{_list('=')})?+",
        rf"scalar\b{_IGNORED}(?P<scalar>{NAME}){_DIRECTIVES}",
        rf"directive\b{_IGNORED}@{_IGNORED}(?P<directive>{NAME}){_IGNORED}(?:{_ARGUMENTS})?+"
        rf"(?:{_IGNORED}repeatable\b)?+{_list('on' + chr(92) + 'b')}",
        rf"(?P<schema>schema)\b{_DIRECTIVES}{_body(_words(NAME, ':', NAME))}",
    )
)

IGNORED = re.compile(_IGNORED)
# Whatever follows must start another definition: else a part of this one was not understood.
_FOLLOWING = rf"(?={_IGNORED}(?:\Z|\"|(?:{'|'.join(KEYWORDS)})\b))"
DEFINITION = re.compile(rf"{_DESCRIPTION}(?:extend\b{_IGNORED})?+(?:{_DEFINITION}){_FOLLOWING}")
EXTENSION = re.compile(rf"{_DESCRIPTION}extend\b")
TOKEN = re.compile(rf"{_IGNORED}({_STRING}|{NAME}|{_NUMBER}|[!$&()\[\]{{}}:=@|]|\.\.\.)")
"""One token after what is ignored. Group 1 is the token."""
