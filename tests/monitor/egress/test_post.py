"""The channels' door: one POST, no redirects, and the truth about whether it may have arrived."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.errors import Reason, Undeliverable, Undelivered
from monitor.demo.vendor import Misbehave, Reply, Vendor
from monitor.egress import Egress


async def post(egress: Egress, url: str, *, seconds: float = 5.0, private: bool = True) -> tuple[int, bytes]:
    answer = await egress.send("POST", url, headers={"X-Key": "s3cret"}, content=b"{}", seconds=seconds, private=private)
    return answer.status, answer.body


async def test_a_post_brings_status_headers_and_body_back(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.next("/hook", Reply(status=429, headers={"Retry-After": "30", "X-Other": "y"}, body=b"slow down"))
    answer = await egress.send("POST", f"{base}/hook", headers={"X-Key": "k"}, content=b"hello", seconds=5.0, private=True)
    assert (answer.status, answer.body, answer.retry_after) == (429, b"slow down", timedelta(seconds=30))
    assert answer.headers["x-other"] == "y"
    assert (vendor.asked[0].method, vendor.asked[0].body, vendor.asked[0].headers["x-key"]) == ("POST", b"hello", "k")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_not_followed(vendor: Vendor, base: str, egress: Egress, status: int) -> None:
    vendor.next("/hook", Reply(status=status, headers={"location": "/elsewhere"}))
    assert (await post(egress, f"{base}/hook"))[0] == status
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("how", [Misbehave.HANG, Misbehave.DRIP])
async def test_no_answer_in_time_may_have_arrived(vendor: Vendor, base: str, egress: Egress, how: Misbehave) -> None:
    vendor.next("/hook", how)
    with pytest.raises(Undelivered) as caught:
        await post(egress, f"{base}/hook", seconds=0.3)
    assert (caught.value.reason, caught.value.unknown) == (Reason.TIMEOUT, True)


@pytest.mark.parametrize("how", [Misbehave.HANG_UP, Misbehave.TRUNCATE, Misbehave.GZIP_BOMB, Misbehave.CUT_GZIP])
async def test_a_broken_answer_may_have_arrived(vendor: Vendor, base: str, egress: Egress, how: Misbehave) -> None:
    vendor.publish("/hook", b"{}" * 100)
    vendor.next("/hook", how)
    with pytest.raises(Undelivered) as caught:
        await post(egress, f"{base}/hook")
    assert (caught.value.reason, caught.value.unknown) == (Reason.OTHER, True)
    assert len(vendor.asked) == 1


async def test_a_hang_up_on_a_kept_connection_is_not_repeated_behind_our_back(vendor: Vendor, base: str, egress: Egress) -> None:
    vendor.next("/hook", Reply(status=200), Misbehave.HANG_UP, Reply(status=200))
    await post(egress, f"{base}/hook")
    with pytest.raises(Undelivered):
        await post(egress, f"{base}/hook")
    assert len(vendor.asked) == 2


@pytest.mark.parametrize("url", ["http://no-such-host.invalid/", "http://127.0.0.1:1/", "https://{base}/"])
async def test_without_a_connection_it_has_not_arrived(base: str, egress: Egress, url: str) -> None:
    with pytest.raises(Undelivered) as caught:
        await post(egress, url.format(base=base.removeprefix("http://")))
    assert (caught.value.unknown, caught.value.reason) == (False, Reason.OTHER)


async def test_a_forbidden_address_is_final(base: str, egress: Egress) -> None:
    for url in (base, base.replace("127.0.0.1", "localhost"), "http://169.254.169.254/", "ftp://host/"):
        with pytest.raises(Undeliverable) as caught:
            await post(egress, url, private=False)
        assert caught.value.reason is Reason.CLIENT


@pytest.mark.parametrize("how", [Misbehave.HANG, Misbehave.HANG_UP, Misbehave.TRUNCATE])
async def test_no_error_shows_the_url_for_it_may_be_the_credential(
    vendor: Vendor, base: str, egress: Egress, how: Misbehave
) -> None:
    vendor.publish("/s3cret", b"{}" * 100)
    vendor.next("/s3cret", how)
    with pytest.raises(Undelivered) as caught:
        await post(egress, f"{base}/s3cret?sig=s3cret", seconds=0.3)
    assert "s3cret" not in str(caught.value)
