"""Where a container on Docker's default network finds this machine."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any


def host_address(client: Any) -> str:
    """The bridge's own address. An engine that made its bridge just now tells the subnet only: then the first address of it."""
    config = client.networks.get("bridge").attrs["IPAM"]["Config"][0]
    return str(config.get("Gateway") or next(ip_network(config["Subnet"]).hosts()))
