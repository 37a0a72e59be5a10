"""Where a visitor comes from: the peer, or whom a proxy of ours names."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

FORWARDED: Final = "X-Forwarded-For"
MOST_HOPS: Final = 8
"""Nobody stands behind more proxies of ours."""
_NET6: Final = 64
"""What one household or one server is given of IPv6 at least."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies in front of this process: only what they forward is believed."""

    networks: Sequence[Network]

    @classmethod
    def of(cls, written: Sequence[str]) -> Proxies:
        """Read addresses and networks as the settings have them.

        Raises:
            ValueError: one of them is none.
        """
        return cls(tuple(ipaddress.ip_network(one, strict=False) for one in written))

    def visitor(self, request: web.Request) -> str:
        """Return what names a visitor: an IPv4 address, or the /64 of an IPv6 one.

        Each proxy adds at the end whom it was asked by; so it is read from there, as far as proxies
        of ours stand, and what a visitor wrote ahead of that is never reached.
        """
        address = _address(request.remote or "")
        if address is None or not self._is_ours(address):
            return _named(address)
        named = [one for line in request.headers.getall(FORWARDED, ()) for one in line.split(",")]
        for one in reversed(named[-MOST_HOPS:]):
            before = _address(one)
            if before is None:
                break
            address = before
            if not self._is_ours(address):
                break
        return _named(address)

    def unknown(self, request: web.Request) -> str:
        """Return the address of what looks like a proxy of ours that the settings do not name."""
        address = _address(request.remote or "")
        if address is None or not address.is_private or FORWARDED not in request.headers:
            return ""
        return "" if self._is_ours(address) else str(address)

    def _is_ours(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def _address(text: str) -> Address | None:
    """Read one address, with a port or without."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _named(address: Address | None) -> str:
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _NET6), strict=False))
    return str(address or "")
