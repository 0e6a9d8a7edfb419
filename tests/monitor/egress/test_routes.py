"""The way for a library that makes its own connections: the same addresses as for everybody, and the same trust."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from aiohttp.abc import ResolveResult

from monitor.clock import SystemClock
from monitor.egress import Egress
from monitor.egress.names import Resolver
from monitor.egress.routes import Scout
from probes.errors import Forbidden, Unreachable

DEADLINE = timedelta(seconds=10)


class Says(Resolver):
    """A name server of the vendor's, which answers whatever it likes."""

    def __init__(self, *addresses: str) -> None:
        super().__init__()
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0) for each in self._addresses]


async def addresses(*said: str, private: bool = False) -> tuple[str, ...]:
    names = Says(*said)
    scout = Scout(names=names, clock=SystemClock(), authority=None, agent="tests")
    try:
        route = await scout.route("api.example.com", 443, shown="api.example.com:443", deadline=DEADLINE, private=private)
    finally:
        await names.close()
    return route.addresses


async def test_what_is_not_allowed_is_left_out() -> None:
    assert await addresses("10.0.0.1", "8.8.8.8", "::ffff:127.0.0.1", "2606:4700::1111") == ("8.8.8.8", "2606:4700::1111")


async def test_where_nothing_is_left_the_reason_is_given() -> None:
    with pytest.raises(
        Forbidden, match=r"^api[.]example[.]com:443 is a private network, where we do not connect; set `private: true`"
    ):
        await addresses("10.0.0.1", "127.0.0.1")
    assert await addresses("10.0.0.1", "127.0.0.1", private=True) == ("10.0.0.1", "127.0.0.1")
    with pytest.raises(Forbidden, match=r"is a cloud metadata service, where we do not connect$"):
        await addresses("169.254.169.254", private=True)


async def test_a_name_without_addresses_is_unreachable() -> None:
    with pytest.raises(Unreachable, match=r"^api[.]example[.]com:443: the name does not resolve$"):
        await addresses()


async def test_names_that_do_not_exist_are_unreachable(egress: Egress) -> None:
    for name in ("nowhere.invalid", "a" * 300 + ".example.com"):
        with pytest.raises(Unreachable, match="the name does not resolve"):
            async with egress.route(name, 443, deadline=DEADLINE):
                pass


async def test_no_way_leads_around_a_proxy() -> None:
    async with Egress(proxy="http://127.0.0.1:1") as http:
        with pytest.raises(Forbidden, match="everything goes through a proxy here"):
            async with http.route("api.example.com", 443):
                pass


async def test_authorities_of_our_own_are_trusted_beside_the_systems(tmp_path: Path) -> None:
    system, own = tmp_path / "system.pem", tmp_path / "own.pem"
    for path in (system, own):
        trustme.CA().cert_pem.write_to_path(str(path))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(system))
        async with Egress(authority=own) as http, http.route("8.8.8.8", 443) as route:
            told = route.authorities or b""
        assert system.read_bytes() in told
        assert own.read_bytes() in told
        environment.setenv("SSL_CERT_FILE", "/nowhere")
        environment.setenv("SSL_CERT_DIR", str(tmp_path))
        system.rename(tmp_path / "0123abcd.0")
        async with Egress() as http, http.route("8.8.8.8", 443) as route:
            assert route.authorities == (tmp_path / "0123abcd.0").read_bytes()


async def test_what_the_look_up_took_is_gone_from_the_deadline(egress: Egress) -> None:
    async with egress.route("127.0.0.1", 443, deadline=DEADLINE, private=True) as route:
        assert timedelta(0) < route.left < DEADLINE
        assert route.addresses == ("127.0.0.1",)
