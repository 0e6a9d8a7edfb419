"""Real sockets: where we listen, and what is said when we cannot."""

from __future__ import annotations

import socket

import httpx
import pytest

from monitor.web.listening import PortTaken, listening
from monitor.web.security import Exposed
from tests.monitor.web.story import Daemon


async def test_pages_are_served_on_a_real_socket(fresh: Daemon) -> None:
    async with listening(fresh, listen="127.0.0.1:0") as base, httpx.AsyncClient(base_url=base) as client:
        answer = await client.get("/")
    assert answer.status_code == 200
    assert "Nothing is watched yet." in answer.text
    assert "server" not in answer.headers


async def test_nothing_listens_any_more_when_the_block_ends(fresh: Daemon) -> None:
    async with listening(fresh, listen="127.0.0.1:0") as base:
        pass
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(base)


async def test_a_taken_port_is_one_clear_line(fresh: Daemon) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(PortTaken, match=rf"^web\.listen: {address} is taken by .*; stop that, or set another port$"):
            async with listening(fresh, listen=address):
                pass


async def test_an_address_of_another_machine_is_one_clear_line(fresh: Daemon) -> None:
    with pytest.raises(PortTaken, match=r"^web\.machines: 192\.0\.2\.1:8322 cannot .*; set an address of this machine$"):
        async with listening(fresh, listen="127.0.0.1:0", machines="192.0.2.1:8322"):
            pass


async def test_pages_are_never_opened_to_the_network(fresh: Daemon) -> None:
    with pytest.raises(Exposed):
        async with listening(fresh, listen="0.0.0.0:0"):
            pass


async def test_what_machines_ask_for_has_a_door_of_its_own(fresh: Daemon) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        door = f"127.0.0.1:{free.getsockname()[1]}"
    async with listening(fresh, listen="127.0.0.1:0", machines=door), httpx.AsyncClient(base_url=f"http://{door}") as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/")).status_code == 404
