"""The resolver."""

from __future__ import annotations

import socket

import pytest

from monitor.egress.names import Resolver


async def test_a_name_has_its_addresses_and_the_port_asked_for() -> None:
    names = Resolver()
    found = await names.resolve("localhost", 8443)
    assert {each["host"] for each in found} <= {"127.0.0.1", "::1"}
    assert {(each["hostname"], each["port"]) for each in found} == {("localhost", 8443)}
    await names.close()


async def test_a_family_can_be_asked_for() -> None:
    names = Resolver()
    assert [each["host"] for each in await names.resolve("localhost", 80, socket.AF_INET)] == ["127.0.0.1"]
    await names.close()


async def test_a_name_that_is_none_is_an_os_error() -> None:
    names = Resolver()
    with pytest.raises(OSError):  # noqa: PT011 because the text is the system's
        await names.resolve("no-such-host.invalid", 80)
    await names.close()
