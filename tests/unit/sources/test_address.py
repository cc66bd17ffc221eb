from ipaddress import ip_network

import pytest

from app.sources.address import is_public, is_within

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
PRIVATE = [
    *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8"),
    *("198.18.0.1", "203.0.113.5", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
    *("::1", "::", "::7f00:1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"),
    *("2002:7f00:1::", "2002:808:808::1", "2001:0:53aa:64c::1", "2001:db8::1", "100::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_any_other_address_is_not(address: str) -> None:
    assert not is_public(address)


def test_an_open_network_covers_its_addresses_in_any_writing() -> None:
    networks = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]

    assert is_within("10.9.8.7", networks)
    assert is_within("::ffff:10.9.8.7", networks)
    assert is_within("fd12::1", networks)


def test_an_open_network_covers_no_other_address() -> None:
    networks = [ip_network("10.0.0.0/8")]

    assert not is_within("11.0.0.1", networks)
    assert not is_within("fd12::1", networks)
    assert not is_within("2002:a00:1::", networks)
