"""The box's own subnets, asked of the kernel: whose telephones may speak to us where the building names no networks."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from collections.abc import Callable, Iterable, Iterator

SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B  # linux/sockios.h; see netdevice(7)
NAME_BYTES = 15  # of an interface's name in struct ifreq

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def own_networks() -> Iterator[Network]:
    """The IPv4 subnets of every interface that has an address, loopback among them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:NAME_BYTES])
            try:
                address, mask = (
                    socket.inet_ntoa(fcntl.ioctl(asking, question, request)[20:24])
                    for question in (SIOCGIFADDR, SIOCGIFNETMASK)
                )
            except OSError:
                continue  # an interface without an IPv4 address
            yield ipaddress.ip_network(f"{address}/{mask}", strict=False)


def within(networks: Iterable[str]) -> Callable[[str], bool]:
    """Whether a numeric address lies in one of these networks (CIDR); in the box's own where there are none."""
    known: list[Network] = [ipaddress.ip_network(each, strict=False) for each in networks] or list(own_networks())

    def lies_within(host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in known)

    return lies_within
