"""Steps on the board, the links and the marks of a store and of its model, as Hypothesis draws them."""

from hypothesis import strategies as st

from protocol.seams import RelayId
from relay.store.records import DescriptorRow, LinkRow, ListedRow, PieceRow, SealRow
from tests.contracts.model import Model, name
from tests.contracts.stepping import Done, bodies, expired, relays, says, small, writes


def _hole(interval: int, hole: int, erase: bool) -> Done:
    if erase:

        def model(there: Model) -> None:
            there.holes = {one for one in there.holes if one[0] != interval}

        return writes(f"erase holes of {interval}", lambda tx: tx.erase_holes(interval), model)
    return writes(
        f"hole {hole} of {interval}",
        lambda tx: tx.add_holes([(interval, name(hole))]),
        lambda m: m.holes.add((interval, name(hole))),
    )


def _sheet(interval: int, entries: list[bytes]) -> Done:
    def model(there: Model) -> None:
        there.sheets[interval] = there.sheets.get(interval, b"") + b"".join(entries)

    return writes(f"sheet {interval}: {entries}", lambda tx: tx.append_sheet(interval, entries), model)


def _listed(kind: int, relay: RelayId, period: int, digest: int, day: int) -> Done:
    row = ListedRow(kind, relay, period, name(digest, 16), day)
    key = (kind, relay, period, row.digest)
    return writes(f"list {row}", lambda tx: tx.add_listed(row), lambda m: m.listed.setdefault(key, row))


def _piece(relay: RelayId, entry: int, part: int, day: int, erase: bool) -> Done:
    named = name(entry, 8)
    if erase:
        return writes(
            f"erase pieces {relay} {entry}",
            lambda tx: tx.erase_pieces(relay, named),
            lambda m: expired(m.pieces, [key for key in m.pieces if key[:2] == (relay, named)]),
        )
    row = PieceRow(relay, named, part, day, b"part %d" % day)
    return writes(f"add {row}", lambda tx: tx.add_piece(row), lambda m: m.pieces.setdefault((relay, named, part), row))


def _seal(relay: RelayId, interval: int, body: bytes) -> Done:
    row = SealRow(relay, interval, body)
    return writes(f"put {row}", lambda tx: tx.put_seal(row), lambda m: m.seals.update({relay: row}))


def _chains(body: bytes) -> Done:
    return writes("put chains", lambda tx: tx.put_chains(body), lambda m: setattr(m, "chains", body))


def _erase_sheets(since: int) -> Done:
    def model(there: Model) -> None:
        expired(there.sheets, [interval for interval in there.sheets if interval >= since])

    return writes(f"erase sheets from {since}", lambda tx: tx.erase_sheets(since), model)


def _erase_descriptors(relay: RelayId, since: int) -> Done:
    def model(there: Model) -> None:
        expired(there.descriptors, [key for key in there.descriptors if key[0] == relay and key[1] >= since])

    return writes(f"erase those of {relay} from {since}", lambda tx: tx.erase_descriptors(relay, since), model)


def _descriptor(relay: RelayId, day: int, body: bytes, oldest: int) -> Done:
    row = DescriptorRow(relay, day, body)

    def model(there: Model) -> None:
        there.descriptors[relay, day] = row
        expired(there.descriptors, [key for key in there.descriptors if key[0] == relay and key[1] < oldest])

    return writes(f"put {row} from {oldest}", lambda tx: tx.put_descriptor(row, oldest), model)


def _roster(version: int, body: bytes) -> Done:
    return writes(
        f"roster {version}", lambda tx: tx.add_roster(version, body), lambda m: m.rosters.update({version: body})
    )


def _access(epoch: int, oldest: int) -> Done:
    def model(there: Model) -> None:
        there.access.setdefault(epoch, name(epoch))
        expired(there.access, [known for known in there.access if known < oldest])

    return writes(f"access {epoch} from {oldest}", lambda tx: tx.add_access(epoch, name(epoch), oldest), model)


def _state(key: str, value: int) -> Done:
    return writes(f"{key} = {value}", lambda tx: tx.set_state({key: value}), lambda m: m.state.update({key: value}))


def _link(relay: RelayId, process: int, seq: int) -> Done:
    day = process  # days differ: thinning goes by them
    row = LinkRow(relay, name(process, 8), seq, (1 << 62) - 1 if seq else 1, day)
    return writes(f"put {row}", lambda tx: tx.put_link(row), lambda m: m.links.update({(relay, row.process): row}))


def _thin_links(relay: RelayId, keep: int) -> Done:
    def model(there: Model) -> None:
        latest = sorted((row.day, process) for (peer, process), row in there.links.items() if peer == relay)
        expired(there.links, [(relay, process) for _, process in latest[: max(len(latest) - keep, 0)]])

    return writes(f"thin links of {relay} to {keep}", lambda tx: tx.thin_links(relay, keep), model)


def _expire_links(before: int) -> Done:
    return says(
        f"expire links before {before}",
        lambda tx: tx.expire_links(before),
        lambda m: expired(m.links, [place for place, row in m.links.items() if row.day < before]),
    )


BOARD_STEPS: st.SearchStrategy[Done] = st.one_of(
    st.builds(_hole, small, small, st.sampled_from([False, False, True])),
    st.builds(_sheet, small, st.lists(st.binary(min_size=1, max_size=40), max_size=3)),
    st.builds(_listed, st.integers(1, 2), relays, small, small, small),
    st.builds(_piece, relays, small, small, small, st.sampled_from([False, False, True])),
    st.builds(_seal, relays, small, bodies),
    st.builds(_chains, bodies),
    st.builds(_descriptor, relays, small, bodies, small),
    st.builds(_erase_descriptors, relays, small),
    st.builds(_erase_sheets, small),
    st.builds(_roster, small, bodies),
    st.builds(_access, small, small),
    st.builds(_state, st.sampled_from(["cut", "marked"]), st.integers(-1, 1 << 40)),
    st.builds(_link, relays, small, st.sampled_from([0, 1, (1 << 63) - 1])),
    st.builds(_thin_links, relays, small),
    st.builds(_expire_links, small),
)
