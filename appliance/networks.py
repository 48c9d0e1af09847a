"""The box's own subnets and addresses, asked of the kernel: whose telephones may speak to us, how we are reached."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

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


def own_names() -> list[str]:
    """How the box is reached in its network: NAME.local, localhost, and the addresses of its interfaces."""
    name = socket.gethostname().partition(".")[0].lower()
    return [f"{name}.local", "localhost", *own_addresses()]


def own_addresses() -> Iterator[str]:
    """The addresses of every interface, loopback's last. IPv6 as the kernel lists them (proc(5), if_inet6)."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:NAME_BYTES])
            try:
                found.append(socket.inet_ntoa(fcntl.ioctl(asking, SIOCGIFADDR, request)[20:24]))
            except OSError:
                continue
    try:
        listed = Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines()
        found += [str(ipaddress.IPv6Address(int(line.split()[0], 16))) for line in listed]
    except (OSError, ValueError):
        pass  # a machine without IPv6
    yield from sorted(found, key=lambda each: ipaddress.ip_address(each).is_loopback)


def address_towards(host: str) -> str:
    """Our own address on the way to another one; "" where there is no way, or `host` is a name. Nothing is sent."""
    try:
        version = ipaddress.ip_address(host.strip("[]")).version
    except ValueError:
        return ""
    with socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((host.strip("[]"), 9))
        except OSError:
            return ""
        return str(asking.getsockname()[0])
