"""Which addresses we never connect to. Checked on the address itself, at the moment a socket is made for it."""

from __future__ import annotations

import ipaddress
import socket

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_INTERNAL: tuple[tuple[str, str], ...] = (
    ("127.0.0.0/8", "loopback"),
    ("::1/128", "loopback"),
    ("10.0.0.0/8", "a private network"),
    ("172.16.0.0/12", "a private network"),
    ("192.168.0.0/16", "a private network"),
    ("fc00::/7", "a private network"),
)
"""Refused unless the configuration allows private addresses."""

_NEVER: tuple[tuple[str, str], ...] = (
    # Metadata services first: some lie inside ranges that may be allowed, one is a public address.
    ("169.254.169.254/32", "a cloud metadata service"),
    ("168.63.129.16/32", "a cloud metadata service"),
    ("100.100.100.200/32", "a cloud metadata service"),
    ("fd00:ec2::/32", "a cloud metadata service"),
    ("fd20:ce::254/128", "a cloud metadata service"),
    ("0.0.0.0/8", "unspecified"),
    ("100.64.0.0/10", "shared carrier space"),
    ("169.254.0.0/16", "link-local"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "reserved for documentation"),
    ("192.88.99.0/24", "6to4"),
    ("198.18.0.0/15", "reserved for benchmarks"),
    ("198.51.100.0/24", "reserved for documentation"),
    ("203.0.113.0/24", "reserved for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("64:ff9b::/96", "NAT64"),
    ("64:ff9b:1::/48", "NAT64"),
    ("2001::/23", "reserved (Teredo and others)"),
    ("2001:db8::/32", "reserved for documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "reserved for documentation"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
"""Refused always. (`ipaddress.is_global` is no help: on Python 3.11 it is true for NAT64, 6to4 and multicast.)"""

_INTERNAL_NETWORKS = tuple((ipaddress.ip_network(text), name) for text, name in _INTERNAL)
_NEVER_NETWORKS = tuple((ipaddress.ip_network(text), name) for text, name in _NEVER)
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")


class Barred(OSError):
    """The address is refused by policy. An OSError, so that a host's other addresses are still tried."""


def literal(host: str) -> Address | None:
    """The address a host name spells out, in any form a C library understands (`127.1`, `0x7f000001`, `2130706433`).

    None for a real name. A zone (`fe80::1%eth0`) is cut off.
    """
    bare = host.strip("[]").partition("%")[0].rstrip(".")
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(bare))
    except (OSError, UnicodeEncodeError):
        return None


def refusal(address: Address, *, private: bool) -> str | None:
    """What the address is, if it is one we do not connect to; None if it may be used. `private` allows internal networks."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    for network, name in _NEVER_NETWORKS:
        if address in network:
            return name
    for network, name in _INTERNAL_NETWORKS:
        if address in network:
            return None if private else name
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_V6:
        return "outside the global range"
    return None


def refused_because(address: Address, *, private: bool) -> str | None:
    """`refusal` as words that follow the name of a host, with what to do where something can be done."""
    reason = refusal(address, private=private)
    if reason is None:
        return None
    own = refusal(address, private=True) is None
    return f"is {reason}, where we do not connect" + ("; set `private: true` if it is your own network" if own else "")


def guarded_socket(family: int, kind: int, protocol: int, address: str, *, private: bool) -> socket.socket:
    """A non-blocking socket meant for `address`; raises `Barred` where the policy refuses it."""
    parsed = literal(address)
    because = "is not an address" if parsed is None else refused_because(parsed, private=private)
    if because is not None:
        raise Barred(f"{address} {because}")
    made = socket.socket(family=family, type=kind, proto=protocol)
    made.setblocking(False)
    return made
