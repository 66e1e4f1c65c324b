"""What one sender's requests are counted under. Comes in: an address. Goes out: a key."""

import ipaddress


def address_key(client: str) -> str:
    """The key; "" for a sender that is not counted.

    Loopback is this machine itself, or a proxy on it that does not say whom it speaks for: one
    limit for everybody would close the page to all. IPv6 is given out in networks of 64 bits.
    """
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return ""
    if address.is_loopback:
        return ""
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
