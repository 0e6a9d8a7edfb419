"""The address policy by itself."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from monitor.egress.addresses import Barred, guarded_socket, literal, refusal

NEVER = [
    ("169.254.169.254", "a cloud metadata service"),
    ("fd00:ec2::254", "a cloud metadata service"),
    ("168.63.129.16", "a cloud metadata service"),
    ("100.100.100.200", "a cloud metadata service"),
    ("169.254.1.1", "link-local"),
    ("fe80::1", "link-local"),
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("::", "unspecified"),
    ("100.64.0.1", "shared carrier space"),
    ("224.0.0.1", "multicast"),
    ("ff02::1", "multicast"),
    ("255.255.255.255", "reserved"),
    ("64:ff9b::7f00:1", "NAT64"),
    ("64:ff9b:1::1", "NAT64"),
    ("2002:7f00:1::", "6to4"),
    ("192.88.99.1", "6to4"),
    ("2001:0:1::", "reserved (Teredo and others)"),
    ("::7f00:1", "outside the global range"),
    ("4000::1", "outside the global range"),
    ("::ffff:169.254.169.254", "a cloud metadata service"),
]

INTERNAL = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("::1", "loopback"),
    ("10.0.0.1", "a private network"),
    ("172.16.0.1", "a private network"),
    ("172.31.255.255", "a private network"),
    ("192.168.1.1", "a private network"),
    ("fd12:3456::1", "a private network"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:10.1.1.1", "a private network"),
]

PUBLIC = ["8.8.8.8", "172.32.0.1", "172.15.255.255", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize(("address", "reason"), NEVER)
@pytest.mark.parametrize("private", [True, False])
def test_some_addresses_are_refused_whatever_is_allowed(address: str, reason: str, private: bool) -> None:
    assert refusal(ipaddress.ip_address(address), private=private) == reason


@pytest.mark.parametrize(("address", "reason"), INTERNAL)
def test_internal_addresses_need_an_explicit_word(address: str, reason: str) -> None:
    parsed = ipaddress.ip_address(address)
    assert (refusal(parsed, private=False), refusal(parsed, private=True)) == (reason, None)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_open(address: str) -> None:
    assert refusal(ipaddress.ip_address(address), private=False) is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_seen_in_every_notation(host: str, address: str) -> None:
    assert literal(host) == ipaddress.ip_address(address)


@pytest.mark.parametrize("host", ["api.example.com", "localhost", "1.example", "bücher.example", ""])
def test_a_name_is_no_address(host: str) -> None:
    assert literal(host) is None


def test_no_socket_is_made_for_a_refused_address() -> None:
    with pytest.raises(Barred, match=r"^10\.0\.0\.1 is a private network"):
        guarded_socket(socket.AF_INET, socket.SOCK_STREAM, 0, "10.0.0.1", private=False)


def test_a_socket_is_made_for_an_allowed_address() -> None:
    with guarded_socket(socket.AF_INET, socket.SOCK_STREAM, 0, "10.0.0.1", private=True) as made:
        assert made.getblocking() is False
