"""Which addresses a picture may be fetched from: public ones, and networks that the operator has named."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

NAT64 = ip_network("64:ff9b::/96")
"""RFC 6052 §2.1: the last 32 bits are the IPv4 address that a gateway will really connect to."""

REFUSED = tuple(
    ip_network(text)
    for text in (
        "64:ff9b:1::/48",  # RFC 8215, translation within a site
        "::/96",  # RFC 4291 §2.5.5.1, IPv4-compatible, deprecated
        "fec0::/10",  # RFC 3879, site-local, deprecated
        "192.0.0.0/24",  # RFC 6890, IETF protocol assignments
        "192.88.99.0/24",  # RFC 7526, the relay anycast of 6to4
        "2001::/23",  # RFC 2928, IETF protocol assignments, Teredo among them
    )
)
"""Ranges that some versions of Python call global although no picture is to be had there."""


def meant(text: str) -> Address | None:
    """Return the address that a connection to `text` ends at, unwrapped; None where that cannot be told.

    An IPv4 address may travel inside an IPv6 one: mapped (RFC 4291) and NAT64 (RFC 6052) are unwrapped; in 6to4 and
    Teredo a relay decides, so that those count as untellable. Raises ValueError where `text` is no address.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return address
    if address.sixtofour or address.teredo:
        return None
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def is_within(text: str, networks: Iterable[Network]) -> bool:
    """Tell whether the address lies in one of the networks that the operator has opened."""
    address = meant(text)
    return address is not None and any(address in network for network in networks)


def is_public(text: str) -> bool:
    """Tell whether the address is one of the internet's, for one host only (no multicast, nothing reserved)."""
    address = meant(text)
    if address is None or is_within(text, REFUSED):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
