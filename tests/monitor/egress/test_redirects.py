"""Where a redirect may lead, and what goes along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo.serve import Tls, serve
from monitor.demo.vendor import Reply, Vendor
from monitor.egress import Egress
from monitor.egress.hops import Hop, next_hop
from probes.errors import Forbidden, Unreachable

SECRETS = {"Authorization": "Bearer s3cret", "Cookie": "a=s3cret", "X-Api-Key": "s3cret", "Accept": "application/json"}


def to(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"location": location})


@pytest.fixture
def elsewhere() -> Vendor:
    return Vendor()


@pytest.fixture
async def elsewhere_base(elsewhere: Vendor) -> AsyncIterator[str]:
    async with serve(elsewhere) as url:
        yield url


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_within_the_origin_keeps_everything(vendor: Vendor, base: str, egress: Egress, status: int) -> None:
    vendor.publish("/new", b"{}")
    vendor.next("/old", to("/new", status))
    answer = await egress.request("GET", f"{base}/old", headers=SECRETS, private=True)
    assert (answer.status, answer.url) == (200, f"{base}/new")
    assert vendor.requests("/new")[0].headers["authorization"] == "Bearer s3cret"


async def test_no_credential_crosses_to_another_origin(
    vendor: Vendor, base: str, elsewhere: Vendor, elsewhere_base: str, egress: Egress
) -> None:
    elsewhere.publish("/new", b"{}")
    vendor.next("/old", to(f"{elsewhere_base}/new"))
    answer = await egress.request("GET", f"{base}/old", headers=SECRETS, private=True)
    assert answer.status == 200
    got = elsewhere.asked[0].headers
    assert "s3cret" not in " ".join(got.values())
    assert got["accept"] == "application/json"


async def test_a_dropped_credential_does_not_come_back_by_a_detour(
    vendor: Vendor, base: str, elsewhere: Vendor, elsewhere_base: str, egress: Egress
) -> None:
    vendor.publish("/new", b"{}")
    vendor.next("/old", to(f"{elsewhere_base}/detour"))
    elsewhere.next("/detour", to(f"{base}/new"))
    await egress.request("GET", f"{base}/old", headers=SECRETS, private=True)
    assert "authorization" not in vendor.requests("/new")[0].headers


async def test_a_user_in_a_redirect_is_not_sent(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.publish("/new", b"{}")
    vendor.next("/old", to(f"{base.replace('//', '//user:pass@')}/new"))
    await egress.request("GET", f"{base}/old", private=True)
    assert "authorization" not in vendor.requests("/new")[0].headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_body_never_crosses_to_another_origin(
    vendor: Vendor, base: str, elsewhere: Vendor, elsewhere_base: str, egress: Egress, status: int
) -> None:
    vendor.next("/token", to(f"{elsewhere_base}/token", status))
    elsewhere.publish("/token", b"{}")
    elsewhere.answer = lambda asked: Reply(status=200)
    refused = pytest.raises(Forbidden) if status in (307, 308) else nullcontext()
    with refused:
        await egress.request("POST", f"{base}/token", content=b"client_secret=s3cret", private=True)
    assert b"".join(asked.body for asked in elsewhere.asked) == b""
    assert len(elsewhere.asked) == (0 if status in (307, 308) else 1)


async def test_five_redirects_are_followed_and_no_more(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.publish("/5", b"{}")
    for at in range(5):
        vendor.next(f"/{at}", to(f"/{at + 1}"), to(f"/{at + 1}"))
    assert (await egress.request("GET", f"{base}/0", private=True)).status == 200
    vendor.next("/5", to("/6"))
    with pytest.raises(Forbidden, match="more than 5 redirects"):
        await egress.request("GET", f"{base}/0", private=True)
    assert vendor.requests("/6") == []


async def test_a_circle_ends(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.publish("/round", b"{}", always=to("/round"))
    with pytest.raises(Forbidden, match="more than 5 redirects"):
        await egress.request("GET", f"{base}/round", private=True)
    assert len(vendor.asked) == 6


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://0xA9FEA9FE/",
        "http://0251.0376.0251.0376/",
    ],
)
async def test_a_redirect_to_the_metadata_service_is_refused_in_any_notation(
    vendor: Vendor, base: str, egress: Egress, address: str
) -> None:
    vendor.next("/doc", to(address))
    with pytest.raises(Forbidden, match=r"a cloud metadata service, where we do not connect$|not a valid URL$"):
        await egress.request("GET", f"{base}/doc", private=True)


@pytest.mark.parametrize(
    "location", ["ftp://127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1/", "http://[::1", "http://host:port/"]
)
async def test_a_redirect_to_no_web_address_is_refused(vendor: Vendor, base: str, egress: Egress, location: str) -> None:
    vendor.next("/doc", to(location))
    with pytest.raises(Forbidden):
        await egress.request("GET", f"{base}/doc", private=True)
    assert len(vendor.asked) == 1


async def test_a_redirect_to_an_impossible_name_is_an_error_of_ours(vendor: Vendor, base: str, egress: Egress) -> None:
    for location in (
        f"http://{'a' * 300}.invalid/",
        "http://a..invalid/",
        "http://xn--.invalid/",
        "http://\u00ad/",
        "http://h:99999/",
    ):
        vendor.next("/doc", Reply(status=302, headers={"location": location}))
        with pytest.raises((Forbidden, Unreachable)):
            await egress.request("GET", f"{base}/doc", private=True)


@given(
    location=st.text(alphabet=st.characters(max_codepoint=0x2FF), max_size=40)
    | st.from_regex(r"https?://[^ ]{0,20}", fullmatch=True)
)
def test_no_location_breaks_the_reading_of_a_redirect(location: str) -> None:
    hop = Hop.first("GET", "https://api.example.com/doc", SECRETS, None)
    with suppress(Forbidden):
        next_hop(hop, 302, location)


async def test_a_header_that_is_none_is_refused_and_not_repeated(egress: Egress) -> None:
    for value in ("s3cret\r\nX-Evil: 1", "s3crét", "s3cret\0"):
        with pytest.raises(Forbidden, match="the header 'X-Key' holds characters that no header may hold") as caught:
            await egress.request("GET", "https://api.example.com/", headers={"X-Key": value})
        assert "s3cr" not in str(caught.value)


async def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path, vendor: Vendor, elsewhere_base: str) -> None:
    tls = Tls.make(tmp_path)
    vendor.next("/doc", to(f"{elsewhere_base}/doc"))
    async with serve(vendor, tls=tls) as base, Egress(authority=tls.authority) as egress:
        with pytest.raises(Forbidden, match="from https to plain http"):
            await egress.request("GET", f"{base}/doc", private=True)


async def test_a_redirect_without_a_location_is_an_answer(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.next("/doc", Reply(status=302))
    assert (await egress.request("GET", f"{base}/doc", private=True)).status == 302


# Addresses on the first hop


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_loopback_is_refused_in_every_notation_and_by_name(vendor: Vendor, base: str, egress: Egress, host: str) -> None:
    with pytest.raises(Forbidden, match=r"is loopback, where we do not connect; set `private: true`|not a valid URL"):
        await egress.request("GET", base.replace("127.0.0.1", host))
    assert list(vendor.asked) == []


async def test_a_connection_kept_open_to_a_private_host_serves_only_who_may_go_there(
    vendor: Vendor, base: str, egress: Egress
) -> None:
    named = base.replace("127.0.0.1", "localhost")
    vendor.publish("/doc", b"{}")
    assert (await egress.request("GET", f"{named}/doc", private=True)).status == 200
    with pytest.raises(Forbidden):
        await egress.request("GET", f"{named}/doc")


async def test_a_client_made_for_private_networks_goes_there_but_not_to_metadata(vendor: Vendor, base: str) -> None:
    vendor.publish("/doc", b"{}")
    async with Egress(private=True) as egress:
        assert (await egress.request("GET", f"{base}/doc")).status == 200
        with pytest.raises(Forbidden):
            await egress.request("GET", "http://169.254.169.254/")


@pytest.mark.parametrize(
    "url", ["", "doc.json", "//host/x", "ftp://host/x", "file:///etc/passwd", "http://", "https:///x", "http://[::1"]
)
async def test_only_whole_web_addresses_are_opened(egress: Egress, url: str) -> None:
    with pytest.raises(Forbidden):
        await egress.request("GET", url)


async def test_a_password_in_a_url_is_refused_and_not_repeated(egress: Egress) -> None:
    with pytest.raises(Forbidden) as caught:
        await egress.request("GET", "https://me:s3cret@api.example.com/doc")
    assert str(caught.value) == "api.example.com: the URL holds a user name or password; put them into `auth`"


@pytest.mark.parametrize("location", ["https://api.example.com\\@evil.example/", "https://api.example.com#@evil.example/"])
def test_no_trick_of_spelling_carries_a_credential_to_another_host(location: str) -> None:
    hop = Hop.first("GET", "https://api.example.com/doc", SECRETS, None)
    try:
        following = next_hop(hop, 302, location)
    except Forbidden:
        following = None
    assert following is None or following.url.host == "api.example.com" or "Authorization" not in following.headers
