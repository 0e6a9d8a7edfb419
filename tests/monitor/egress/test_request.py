"""The probes' door: what comes back, and what a hostile or broken other side leads to."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.demo.serve import Tls, serve
from monitor.demo.vendor import Misbehave, Reply, Vendor
from monitor.egress import Egress
from probes.errors import Forbidden, ProbeError, Unfit, Unreachable
from tests.monitor.egress.conftest import speaking

BRIEF = timedelta(milliseconds=300)
DOCUMENT = b'{"name": "value"}' * 500


async def test_an_answer_has_status_headers_and_the_unpacked_body(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.publish("/doc", DOCUMENT)
    answer = await egress.request("GET", f"{base}/doc?page=1", private=True)
    assert (answer.status, answer.body, answer.url) == (200, DOCUMENT, f"{base}/doc?page=1")
    assert (answer.headers["Content-Encoding"], answer.retry_after) == ("gzip", None)


async def test_it_says_who_asks_and_what_it_unpacks(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.publish("/doc", DOCUMENT)
    await egress.request("GET", f"{base}/doc", headers={"Accept-Encoding": "br", "X-Mine": "yes"}, private=True)
    asked = vendor.requests("/doc")[0].headers
    assert re.fullmatch(r"driftpager/\d+\.\d+.*", asked["user-agent"])
    assert (asked["accept-encoding"], asked["x-mine"]) == ("gzip, deflate, zstd", "yes")


async def test_a_body_is_sent_as_given(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.answer = lambda asked: Reply(status=201, body=asked.body)
    answer = await egress.request("POST", f"{base}/form", content=b"a=1&b=2", private=True)
    assert (answer.status, answer.body) == (201, b"a=1&b=2")


@pytest.mark.parametrize("status", [204, 304, 400, 401, 404, 418, 429, 500, 503])
async def test_every_status_is_an_answer(vendor: Vendor, base: str, egress: Egress, status: int) -> None:
    vendor.next("/doc", Reply(status=status, headers={"retry-after": "7"}))
    answer = await egress.request("GET", f"{base}/doc", private=True)
    assert (answer.status, answer.retry_after) == (status, timedelta(seconds=7))


async def test_the_body_of_an_error_is_cut_and_never_hides_the_status(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.next("/doc", Reply(status=503, body=b"x" * 1_000_000))
    vendor.next("/doc", Reply(status=503, headers={"content-encoding": "br"}, body=b"..."))
    vendor.next("/doc", Reply(status=503, headers={"content-encoding": "gzip"}, body=b"not gzip"))
    answers = [await egress.request("GET", f"{base}/doc", private=True) for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 503]
    assert all(len(answer.body) <= 65_536 for answer in answers)


async def test_cookies_of_one_answer_go_into_no_other_request(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.publish("/doc", DOCUMENT, headers={"set-cookie": "session=abc; Path=/"})
    for _ in range(2):
        await egress.request("GET", f"{base}/doc", private=True)
    assert [asked.headers.get("cookie") for asked in vendor.asked] == [None, None]


async def test_proxies_of_the_environment_are_not_used(
    vendor: Vendor, base: str, egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    vendor.publish("/doc", DOCUMENT)
    assert (await egress.request("GET", f"{base}/doc", private=True)).status == 200


async def test_a_configured_proxy_gets_the_request(vendor: Vendor, base: str) -> None:
    vendor.publish("http://api.example.com/doc", DOCUMENT)  # a proxy is asked for the whole URL
    async with Egress(proxy=base) as egress:
        answer = await egress.request("GET", "http://api.example.com/doc")
    assert answer.body == DOCUMENT
    assert vendor.asked[0].headers["host"] == "api.example.com"


@pytest.mark.parametrize("address", ["169.254.169.254", "127.0.0.1", "2130706433"])
async def test_a_proxy_is_no_way_around_the_address_policy(vendor: Vendor, base: str, address: str) -> None:
    async with Egress(proxy=base) as egress:
        with pytest.raises(Forbidden):
            await egress.request("GET", f"http://{address}/")
    assert list(vendor.asked) == []


# What the other side does wrong


@pytest.mark.parametrize("how", [Misbehave.HANG, Misbehave.DRIP])
async def test_the_deadline_ends_what_time_outs_do_not(vendor: Vendor, base: str, egress: Egress, how: Misbehave) -> None:
    vendor.publish("/doc", DOCUMENT, always=how)
    with pytest.raises(Unreachable, match=r"^127\.0\.0\.1:\d+: no whole answer within 0\.3 s$"):
        await egress.request("GET", f"{base}/doc", deadline=BRIEF, private=True)


async def test_the_deadline_covers_all_redirects_together(vendor: Vendor, base: str, egress: Egress) -> None:
    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.2)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async with speaking(slowly) as slow:
        with pytest.raises(Unreachable, match=r"no whole answer within 0\.3 s"):
            await egress.request("GET", slow, deadline=BRIEF, private=True)


async def test_a_hang_up_is_unreachable(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.publish("/doc", DOCUMENT, always=Misbehave.HANG_UP)
    with pytest.raises(Unreachable, match="it hung up without an answer"):
        await egress.request("GET", f"{base}/doc", private=True)


async def test_half_a_body_is_unfit(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.publish("/doc", DOCUMENT, always=Misbehave.TRUNCATE)
    with pytest.raises(Unfit, match="the body was cut short"):
        await egress.request("GET", f"{base}/doc", private=True)


async def test_half_a_chunked_body_is_unfit(egress: Egress) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"half":')
        await writer.drain()

    async with speaking(half) as url:
        with pytest.raises(Unfit, match="the body was cut short"):
            await egress.request("GET", url, private=True)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.7\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 999999 WHAT\r\n\r\n",
        bytes(range(256)),
    ],
)
async def test_what_is_no_http_is_unreachable_in_one_line(egress: Egress, answer: bytes) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    async with speaking(say) as url:
        with pytest.raises(Unreachable) as caught:
            await egress.request("GET", url, private=True)
    assert re.fullmatch(r"127\.0\.0\.1:\d+: [^\n]{5,80}", str(caught.value))


@pytest.mark.parametrize(
    ("how", "text"),
    [
        (Misbehave.CUT_GZIP, "cut short"),
        (Misbehave.GZIP_BOMB, "as a bomb does"),
        (Misbehave.ENDLESS, "sent more than the 1 MB allowed"),
        (Misbehave.ANNOUNCE_HUGE, "announces a body of 524,288,000 bytes"),
        (Misbehave.UNASKED_ENCODING, "packed the body as 'br'"),
        (Misbehave.NOT_GZIP, "not the gzip it is said to be"),
    ],
)
async def test_a_body_we_cannot_take_is_unfit(vendor: Vendor, base: str, how: Misbehave, text: str, egress: Egress) -> None:
    vendor.publish("/doc", DOCUMENT, always=how)
    cap = 1024 * 1024 * (1024 if how is Misbehave.GZIP_BOMB else 1)
    with pytest.raises(Unfit, match=text):
        await egress.request("GET", f"{base}/doc", max_bytes=cap, private=True)


async def test_a_refused_connection_names_host_and_cause(base: str, egress: Egress) -> None:
    async with speaking(lambda reader, writer: asyncio.sleep(0)) as gone:
        pass
    with pytest.raises(Unreachable, match=r"^127\.0\.0\.1:\d+: no connection: connection refused$"):
        await egress.request("GET", gone, private=True)


async def test_a_name_that_does_not_resolve_says_so(egress: Egress) -> None:
    with pytest.raises(Unreachable, match=r"^no-such-host\.invalid: the name does not resolve"):
        await egress.request("GET", "https://no-such-host.invalid/doc")


async def test_cancelling_passes_and_leaves_the_client_usable(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.publish("/doc", DOCUMENT)
    vendor.next("/doc", Misbehave.HANG)
    waiting = asyncio.create_task(egress.request("GET", f"{base}/doc", private=True))
    await vendor.heard(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await egress.request("GET", f"{base}/doc", private=True)).body == DOCUMENT


# TLS


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    return Tls.make(tmp_path)


async def test_a_certificate_of_a_named_authority_is_trusted(vendor: Vendor, tls: Tls) -> None:
    vendor.publish("/doc", DOCUMENT)
    async with serve(vendor, tls=tls) as base, Egress(authority=tls.authority) as egress:
        assert (await egress.request("GET", f"{base}/doc", private=True)).body == DOCUMENT
        assert (await egress.request("GET", f"{base.replace('127.0.0.1', 'localhost')}/doc", private=True)).status == 200


async def test_an_unknown_authority_is_not_trusted(vendor: Vendor, tls: Tls, egress: Egress) -> None:
    async with serve(vendor, tls=tls) as base:
        with pytest.raises(Unreachable, match=r"^127\.0\.0\.1:\d+: its TLS certificate is not trusted \(.+\)$"):
            await egress.request("GET", base, private=True)
    assert list(vendor.asked) == []


async def test_a_certificate_for_another_name_is_not_trusted(vendor: Vendor, tls: Tls) -> None:
    async with serve(vendor, tls=tls) as base, Egress(authority=tls.authority) as egress:
        with pytest.raises(Unreachable, match="its TLS certificate is not trusted"):
            await egress.request("GET", base.replace("127.0.0.1", "[::ffff:127.0.0.1]"), private=True)
        with pytest.raises(Unreachable):
            await egress.request("GET", base.replace("https", "http"), private=True)
    assert list(vendor.asked) == []


async def test_https_at_a_plain_server_fails_in_one_line(base: str, egress: Egress) -> None:
    with pytest.raises(Unreachable, match=r"^127\.0\.0\.1:\d+: the TLS handshake failed$"):
        await egress.request("GET", base.replace("http", "https"), private=True)


# Nothing secret in any text


@pytest.mark.parametrize("how", [*Misbehave])
async def test_no_error_shows_more_of_a_url_than_its_host(vendor: Vendor, base: str, egress: Egress, how: Misbehave) -> None:
    vendor.publish("/s3cret-path", DOCUMENT, always=how)
    headers = {"authorization": "Bearer s3cret-token"}
    try:
        await egress.request(
            "GET", f"{base}/s3cret-path?key=s3cret-key", headers=headers, deadline=BRIEF, max_bytes=100_000, private=True
        )
    except ProbeError as error:
        text = str(error)
    else:
        text = ""
    assert "s3cret" not in text
    assert "\n" not in text


async def test_a_file_of_authorities_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for path in (tmp_path / "gone.pem", tmp_path / "empty.pem", tmp_path):
        with pytest.raises(OSError, match=rf"{path} cannot be used as a file of certificate authorities"):
            Egress(authority=path)
