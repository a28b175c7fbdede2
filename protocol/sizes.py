"""Every size on the wire, derived from what it is made of. The table in docs/protocol.md is made from this module.

Invariant: nothing here depends on who talks or whether anyone writes; what has one size on the wire has one constant.
Times, which differ between communities, are in the roster (`protocol.community.roster`), not here.

Spec: docs/protocol.md, Sizes.
Decision 103.
"""

from types import MappingProxyType
from typing import Final

from protocol.primitives.aead import AEAD_OVERHEAD as AEAD_OVERHEAD
from protocol.primitives.hybrid_box import HYBRID_OVERHEAD as HYBRID_OVERHEAD
from protocol.primitives.kem import KEM_CIPHERTEXT_BYTES as KEM_CIPHERTEXT_BYTES
from protocol.primitives.sealed_box import BOX_OVERHEAD as BOX_OVERHEAD
from protocol.profile import Profile

CELL_BYTES: Final = 4096
HOLE_BYTES: Final = 32
TAKE_BYTES: Final = 32
REPLY_KEY_BYTES: Final = 32

# Route layers (Spec: docs/protocol.md, Route layers). A layer is what its relay finds after opening its box.
FORWARD_HEAD_BYTES: Final = 1 + 1 + 4
"""kind u8, next relay u8, hold_ms u32."""
FORWARD_FETCH_HEAD_BYTES: Final = 1 + 1 + 4 + 4 + REPLY_KEY_BYTES
"""kind u8, next relay u8, hold_ms u32, back_ms u32, reply key 32."""

DEPOSIT_STORE_LAYER_BYTES: Final = 1 + HOLE_BYTES + CELL_BYTES
DEPOSIT_STORE_BOX_BYTES: Final = DEPOSIT_STORE_LAYER_BYTES + BOX_OVERHEAD
DEPOSIT_MIDDLE_BOX_BYTES: Final = FORWARD_HEAD_BYTES + DEPOSIT_STORE_BOX_BYTES + BOX_OVERHEAD
PACKET_FIELD_BYTES: Final = FORWARD_HEAD_BYTES + DEPOSIT_MIDDLE_BOX_BYTES + BOX_OVERHEAD

FETCH_STORE_LAYER_BYTES: Final = 1 + TAKE_BYTES + REPLY_KEY_BYTES
FETCH_STORE_BOX_BYTES: Final = FETCH_STORE_LAYER_BYTES + BOX_OVERHEAD
FETCH_MIDDLE_BOX_BYTES: Final = FORWARD_FETCH_HEAD_BYTES + FETCH_STORE_BOX_BYTES + BOX_OVERHEAD
FETCH_FIELD_BYTES: Final = FORWARD_FETCH_HEAD_BYTES + FETCH_MIDDLE_BOX_BYTES + BOX_OVERHEAD

# Replies (Spec: docs/protocol.md, Replies)
STORE_REPLY_BYTES: Final = 1 + CELL_BYTES + AEAD_OVERHEAD
MIDDLE_REPLY_BYTES: Final = STORE_REPLY_BYTES + AEAD_OVERHEAD
SHELF_REPLY_BYTES: Final = MIDDLE_REPLY_BYTES + AEAD_OVERHEAD

# Exchange (Spec: docs/protocol.md, Exchange)
REQUEST_BYTES: Final = 6144
REQUEST_PLAIN_BYTES: Final = REQUEST_BYTES - HYBRID_OVERHEAD
PASS_BYTES: Final = 96
SHELF_BYTES: Final = 16
ACCESS_BYTES: Final = 32
RESPONSE_KEY_BYTES: Final = 32
CURSOR_BYTES: Final = 4 + 4
REQUEST_USED_BYTES: Final = (
    1 + 1 + 1 + PASS_BYTES + 2 * SHELF_BYTES + 4 + 4 + RESPONSE_KEY_BYTES + CURSOR_BYTES
    + PACKET_FIELD_BYTES + FETCH_FIELD_BYTES
)  # fmt: skip
RESPONSE_HEAD_BYTES: Final = 1 + 1 + ACCESS_BYTES + 2 + 1 + 4 + 4 + SHELF_REPLY_BYTES + 3 * CURSOR_BYTES + 2
RESPONSE_BYTES: Final = MappingProxyType({Profile.METERED: 16384, Profile.STANDARD: 8192, Profile.GUARDED: 8192})
STRETCH_BYTES: Final = MappingProxyType(
    {profile: size - AEAD_OVERHEAD - RESPONSE_HEAD_BYTES for profile, size in RESPONSE_BYTES.items()}
)
SYNC_EXCHANGES: Final = 8

# Links between relays (Spec: docs/protocol.md, Links)
FRAME_BODY_BYTES: Final = DEPOSIT_MIDDLE_BOX_BYTES
FRAME_REF_BYTES: Final = 16
FRAME_BYTES: Final = 1 + FRAME_REF_BYTES + 2 + FRAME_BODY_BYTES
BATCH_HEAD_BYTES: Final = 1 + 1 + 1 + 2 + 2
BATCH_OVERHEAD: Final = BATCH_HEAD_BYTES + KEM_CIPHERTEXT_BYTES + 24 + 16 + 8 + 8 + 2
"""Head, KEM ciphertext, nonce, tag, process, sequence number, count of frames."""
MAX_BATCH_FRAMES: Final = 16
LINK_ACK_BYTES: Final = 128
PIECE_HEAD_BYTES: Final = 1 + 1 + 8
PIECE_CHUNK_BYTES: Final = FRAME_BODY_BYTES - PIECE_HEAD_BYTES
