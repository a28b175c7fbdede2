"""The constants of a network: what a roster fixes for everyone in a community.

Every field names its unit and carries the range it must lie in with the reason; rules between fields are in
`__post_init__`. Defaults are those of a real network. There is one code path: a quicker network (tests, the demo) is
the same code with a roster of smaller constants. Spec: docs/protocol.md, Network constants.
Decision 87.
"""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from protocol.errors import ProtocolError
from protocol.profile import Profile

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
# A page must fit into one entry of the board log (u16 length): 22 bits a tag and a header.
TAGS_PER_PAGE_MAX: Final = 20_000


class Constants(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times in milliseconds, probabilities in thousandths, everything else a plain count."""

    mean_hold_ms: Annotated[
        int, Meta(ge=1, le=HOUR_MS, description="27 mean holds and a day must fit into the life of a day key")
    ] = 300_000
    reply_hold_ms: Annotated[
        int, Meta(ge=1, le=HOUR_MS, description="27 of them must fit into the day a way back is kept")
    ] = 300_000
    page_ms: Annotated[int, Meta(ge=1000, le=HOUR_MS, description="interval numbers are u32 until 2106")] = 300_000
    pages_per_seal: Annotated[int, Meta(ge=1, le=255, description="an unsealed page is not proven; once an hour")] = 12
    key_block_ms: Annotated[
        int, Meta(ge=1000, le=DAY_MS, description="a newcomer reads from the last one; day keys change daily")
    ] = 6 * HOUR_MS
    retention_ms: Annotated[
        int, Meta(ge=1000, le=90 * DAY_MS, description="bounds what a relay stores and a reader watches")
    ] = 14 * DAY_MS
    epoch_ms: Annotated[
        int, Meta(ge=1000, le=90 * DAY_MS, description="chains restart; lost state is harmful no longer than this")
    ] = 7 * DAY_MS
    link_tick_ms: Annotated[int, Meta(ge=10, le=60_000, description="links send on this grid, never on events")] = 1000
    answer_ms: Annotated[
        int, Meta(ge=10, le=10_000, description="room for a group commit; a client gives up after 20 s")
    ] = 250
    metered_slot_ms: Annotated[int, Meta(ge=100, le=DAY_MS, description="mean of the gaps between slots")] = 600_000
    standard_slot_ms: Annotated[int, Meta(ge=100, le=DAY_MS, description="mean of the gaps between slots")] = 120_000
    guarded_slot_ms: Annotated[int, Meta(ge=100, le=DAY_MS, description="mean of the gaps between slots")] = 30_000
    deposit_permille: Annotated[
        int, Meta(ge=1, le=800, description="a reader's one answer a slot must outrun what is deposited for it")
    ] = 400
    retry_ms: Annotated[int, Meta(ge=100, le=30 * DAY_MS, description="least wait before a cell is sent again")] = (
        4 * HOUR_MS
    )
    ack_wait_ms: Annotated[int, Meta(ge=1, le=DAY_MS, description="mean wait before an ack-only cell is due")] = 600_000
    ask_again_ms: Annotated[
        int, Meta(ge=100, le=30 * DAY_MS, description="no take is presented twice within this time")
    ] = HOUR_MS
    letter_days: Annotated[int, Meta(ge=1, le=3650, description="a letter is re-sent until it is this old")] = 90
    guard_failures: Annotated[int, Meta(ge=1, le=100, description="failed exchanges in a row before fail-over")] = 3
    guard_return_ms: Annotated[
        int, Meta(ge=100, le=30 * DAY_MS, description="wait before the first guard is tried again")
    ] = DAY_MS
    silent_ms: Annotated[
        int, Meta(ge=1000, le=30 * DAY_MS, description="silence after which packets go around a relay; some seals")
    ] = 3 * HOUR_MS
    max_shelves: Annotated[int, Meta(ge=1, le=10_000_000, description="clients of one guard; bounds its table")] = (
        20_000
    )
    max_replies_per_shelf: Annotated[
        int, Meta(ge=1, le=65_536, description="a shelf empties faster than it fills; bounds one that nobody empties")
    ] = 512
    max_exchanges_per_page: Annotated[
        int, Meta(ge=1, le=100_000_000, description="work of one guard in a page interval")
    ] = 60_000
    max_frames_per_page: Annotated[
        int, Meta(ge=1, le=100_000_000, description="work one relay may cause another in a page interval")
    ] = 120_000
    max_packets: Annotated[int, Meta(ge=1, le=100_000_000, description="disk of the mix pool, 4.3 kB a packet")] = (
        500_000
    )
    max_tags: Annotated[
        int, Meta(ge=1, le=TAGS_PER_PAGE_MAX, description="pigeonholes one relay fills and lists in a page interval")
    ] = 20_000

    def __post_init__(self) -> None:
        """Check the rules between fields (ValueError; msgspec turns it into a ValidationError while decoding)."""
        if self.page_ms < self.mean_hold_ms:
            raise ValueError("page_ms is shorter than mean_hold_ms: a page must hide which packet filled a pigeonhole")
        if self.key_block_ms % self.page_ms:
            raise ValueError("key_block_ms is not a whole number of page_ms: a key block starts with a sheet")
        if self.retention_ms < self.key_block_ms:
            raise ValueError("retention_ms is shorter than key_block_ms: a reader would find nothing to start from")
        if not self.guarded_slot_ms <= self.standard_slot_ms <= self.metered_slot_ms:
            raise ValueError("guarded_slot_ms, standard_slot_ms, metered_slot_ms are not in ascending order")

    @property
    def mean_hold_s(self) -> float:
        """Mean hold of a packet at each relay of its way, seconds."""
        return self.mean_hold_ms / 1000

    @property
    def reply_hold_s(self) -> float:
        """Mean hold of a reply on its way back, seconds."""
        return self.reply_hold_ms / 1000

    @property
    def page_s(self) -> float:
        """Length of a page interval, seconds."""
        return self.page_ms / 1000

    @property
    def epoch_s(self) -> float:
        """Length of an epoch of the pigeonhole chains, seconds."""
        return self.epoch_ms / 1000

    @property
    def retention_s(self) -> float:
        """How long a filled pigeonhole is kept, seconds."""
        return self.retention_ms / 1000

    @property
    def fetch_late_ms(self) -> int:
        """The most by which a fetch may be late when a relay hands it on, milliseconds: its reader asks again some
        time, and the store must not see one take twice at once. Five minutes by default."""
        return max(self.ask_again_ms // 12, 30 * self.link_tick_ms)

    @property
    def pages_per_key_block(self) -> int:
        """Number of page intervals from one key block to the next."""
        return self.key_block_ms // self.page_ms

    def slot_ms(self, profile: Profile) -> int:
        """Mean gap between the slots of a profile, milliseconds."""
        match profile:
            case Profile.METERED:
                return self.metered_slot_ms
            case Profile.STANDARD:
                return self.standard_slot_ms
            case Profile.GUARDED:
                return self.guarded_slot_ms

    def slot_s(self, profile: Profile) -> float:
        """Mean gap between the slots of a profile, seconds."""
        return self.slot_ms(profile) / 1000

    def interval_of(self, now: float) -> int:
        """Return the number of the page interval that a Unix time in seconds lies in."""
        return round(now * 1000) // self.page_ms  # to the nearest ms: the start of an interval must lie in it

    def interval_start(self, interval: int) -> float:
        """Return the Unix time in seconds at which a page interval begins."""
        return interval * self.page_ms / 1000


def parse_constants(fields: Mapping[str, object]) -> Constants:
    """Read constants from a mapping (a parsed TOML file); what is absent keeps its default.

    Raises ProtocolError that names the field which is unknown, of the wrong kind or out of range.
    """
    try:
        return msgspec.convert(fields, Constants)
    except (msgspec.ValidationError, ValueError) as error:
        raise ProtocolError(f"network constants: {error}") from error
