"""What a profile costs in a month.

Invariant: the number is for staying online the whole month, cover included; it depends on the profile and the roster
alone, because traffic does. Spec: docs/protocol.md, Sizes.
"""

from typing import Final

from protocol.community.constants import Constants
from protocol.profile import Profile
from protocol.sizes import REQUEST_BYTES, RESPONSE_BYTES

__all__ = ["CONNECTION_BYTES", "exchange_bytes", "monthly_mb"]

CONNECTION_BYTES: Final = 5200
"""Both directions of one exchange beside its two bodies: 1400 bytes of TLS 1.3 handshake with one EC certificate,
record headers and HTTP heads (`python -m lab.report.bytes_on_the_wire`), about 27 packets with 52 bytes of TCP and IP,
and, where both sides have X25519MLKEM768, 2300 bytes of its key shares in two packets more."""
MONTH_S: Final = 30.44 * 86_400
_MB: Final = 1_000_000


def exchange_bytes(profile: Profile) -> int:
    """Bytes on the line of one exchange, both directions."""
    return REQUEST_BYTES + RESPONSE_BYTES[profile] + CONNECTION_BYTES


def monthly_mb(profile: Profile, constants: Constants) -> float:
    """Megabytes (10^6 bytes) a month online."""
    return MONTH_S / constants.slot_s(profile) * exchange_bytes(profile) / _MB
