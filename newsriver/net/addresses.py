"""Which addresses may be connected to: public ones, and those that the operator allows.

Feeds and pages name what is fetched next, and the name of a webhook's host may come to stand for another address, so a
stranger could name the inside of our network. Forms that carry an IPv4 address within an IPv6 one are unwrapped before
they are judged. The judge sits where the socket is made, when the address is known for good.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import AddrInfoType, SocketFactoryType

Network = IPv4Network | IPv6Network

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""RFC 6052 and RFC 8215: an IPv4 address in the last 32 bits."""


class RefusedAddressError(OSError):
    """A connection to an address that is not allowed was not made."""


def is_allowed(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Whether a connection to this address may be made; what is no address may not."""
    try:
        target = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    candidates = [target, *_embedded(target)]
    if any(target in network for network in allowed if network.version == target.version):
        return True
    # `is_global` leaves out private, loopback, link-local (with the metadata services), shared and reserved ranges.
    return all(candidate.is_global and not candidate.is_multicast for candidate in candidates)


def _embedded(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour]
    if address.teredo is not None:
        found.extend(address.teredo)
    if any(address in network for network in _NAT64):
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]


def guarded_socket(allowed: Sequence[Network] = ()) -> SocketFactoryType:
    """What makes the sockets of an aiohttp connector, or refuses to: a RefusedAddressError."""

    def make(address_info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = address_info
        if not is_allowed(str(address[0]), allowed):
            # The same words for every address: of several different errors of a host, only their text would be left.
            raise RefusedAddressError("the host's address is not a public one")
        return socket.socket(family, kind, protocol)

    return make


def causes(error: BaseException | None) -> list[BaseException]:
    """An error of a client and what led to it, the outermost first."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
    return found
