"""Unpacking under caps."""

from __future__ import annotations

import gzip
import random
import sys
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.egress.bodies import Body
from probes.errors import Unfit

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MB = 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
}


def fed(body: Body, wire: bytes, step: int) -> bytes:
    for start in range(0, len(wire), step):
        body.feed(wire[start : start + step])
    return body.whole()


@pytest.mark.parametrize("coding", PACKERS)
@given(data=st.binary(max_size=3000), step=st.integers(1, 4000))
def test_every_coding_gives_back_what_was_packed_in_pieces_of_any_size(coding: str, data: bytes, step: int) -> None:
    assert fed(Body("vendor", coding, MB), PACKERS[coding](data), step) == data


@given(data=st.binary(min_size=1, max_size=3000), step=st.integers(1, 4000))
def test_deflate_without_its_head_is_understood(data: bytes, step: int) -> None:
    assert fed(Body("vendor", "deflate", MB), raw_deflate(data), step) == data


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_members_one_after_the_other_are_one_body(coding: str) -> None:
    wire = PACKERS[coding](b"first ") + PACKERS[coding](b"second")
    assert fed(Body("vendor", coding, MB), wire, 7) == b"first second"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_a_body_larger_than_one_step_is_whole(coding: str) -> None:
    data = random.Random(1).randbytes(5 * MB)
    assert fed(Body("vendor", coding, 16 * MB), PACKERS[coding](data), 100_000) == data


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_a_bomb_is_refused_by_its_ratio_long_before_the_cap(coding: str) -> None:
    bomb = PACKERS[coding](bytes(64 * MB))
    with pytest.raises(Unfit, match="as a bomb does"):
        fed(Body("vendor", coding, 1024 * MB), bomb, 16_384)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_the_cap_holds_for_the_unpacked_body(coding: str) -> None:
    with pytest.raises(Unfit, match="unpacks to more than the 65536 bytes allowed"):
        fed(Body("vendor", coding, 65_536), PACKERS[coding](b"abcd1234" * 20_000), 16_384)


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_the_cap_holds_for_what_comes_over_the_wire(coding: str) -> None:
    data = random.Random(2).randbytes(2 * MB)
    with pytest.raises(Unfit, match="sent more than the 1 MB allowed"):
        fed(Body("vendor", coding, MB), PACKERS[coding](data), 16_384)


def test_a_body_of_exactly_the_cap_passes() -> None:
    assert len(fed(Body("vendor", "", MB), bytes(MB), 16_384)) == MB


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_a_packed_body_that_ends_early_is_refused(coding: str) -> None:
    wire = PACKERS[coding](random.Random(3).randbytes(2000))
    with pytest.raises(Unfit, match="cut short"):
        fed(Body("vendor", coding, MB), wire[:-5], 100)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
@given(junk=st.binary(min_size=1, max_size=300))
def test_junk_is_unfit_at_worst_and_never_a_crash(coding: str, junk: bytes) -> None:
    with suppress(Unfit):
        fed(Body("vendor", coding, MB), junk, 64)


def test_padding_after_a_gzip_body_is_allowed() -> None:
    assert fed(Body("vendor", "gzip", MB), gzip.compress(b"hello") + bytes(20), 3) == b"hello"


def test_a_zstd_body_that_wants_a_huge_window_is_refused() -> None:
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.enable_long_distance_matching: 1}
    packer = zstd.ZstdCompressor(options=options)
    wire = packer.compress(b"x" * 1000) + packer.flush()
    with pytest.raises(Unfit, match="is not the zstd"):
        fed(Body("vendor", "zstd", MB), wire, 100)


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "compress"])
def test_a_coding_nobody_asked_for_is_refused(coding: str) -> None:
    with pytest.raises(Unfit, match=f"packed the body as '{coding}', which was not asked for"):
        Body("vendor", coding, MB)
