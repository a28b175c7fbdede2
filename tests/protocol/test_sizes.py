"""Sizes fit into each other, and differ by nothing that depends on who talks or whether anyone writes."""

import itertools

from protocol import sizes
from protocol.profile import Profile


def test_what_is_used_of_a_request_and_a_response_fits() -> None:
    assert sizes.REQUEST_USED_BYTES <= sizes.REQUEST_PLAIN_BYTES
    assert set(sizes.RESPONSE_BYTES) == set(sizes.STRETCH_BYTES) == set(Profile)
    for profile, size in sizes.RESPONSE_BYTES.items():
        assert sizes.STRETCH_BYTES[profile] + sizes.RESPONSE_HEAD_BYTES + sizes.AEAD_OVERHEAD == size


def test_a_client_that_listens_as_seldom_as_metered_brings_more_of_the_board() -> None:
    assert sizes.RESPONSE_BYTES[Profile.STANDARD] == sizes.RESPONSE_BYTES[Profile.GUARDED] == 8192
    assert sizes.RESPONSE_BYTES[Profile.METERED] == 16384


def test_everything_that_travels_between_relays_fits_a_frame() -> None:
    travelling = (
        sizes.DEPOSIT_MIDDLE_BOX_BYTES,
        sizes.DEPOSIT_STORE_BOX_BYTES,
        sizes.FETCH_MIDDLE_BOX_BYTES,
        sizes.FETCH_STORE_BOX_BYTES,
        sizes.STORE_REPLY_BYTES,
        sizes.MIDDLE_REPLY_BYTES,
        sizes.PIECE_HEAD_BYTES + sizes.PIECE_CHUNK_BYTES,
    )
    assert max(travelling) == sizes.FRAME_BODY_BYTES


def test_each_layer_of_a_route_costs_its_head_and_a_box() -> None:
    deposit = (sizes.PACKET_FIELD_BYTES, sizes.DEPOSIT_MIDDLE_BOX_BYTES, sizes.DEPOSIT_STORE_BOX_BYTES)
    fetch = (sizes.FETCH_FIELD_BYTES, sizes.FETCH_MIDDLE_BOX_BYTES, sizes.FETCH_STORE_BOX_BYTES)
    for boxes, head in ((deposit, sizes.FORWARD_HEAD_BYTES), (fetch, sizes.FORWARD_FETCH_HEAD_BYTES)):
        assert [outer - inner for outer, inner in itertools.pairwise(boxes)] == [head + sizes.BOX_OVERHEAD] * 2
    replies = (sizes.SHELF_REPLY_BYTES, sizes.MIDDLE_REPLY_BYTES, sizes.STORE_REPLY_BYTES)
    assert [outer - inner for outer, inner in itertools.pairwise(replies)] == [sizes.AEAD_OVERHEAD] * 2


def test_a_letter_box_of_one_size_is_left_and_brought() -> None:
    assert sizes.DEPOSIT_STORE_LAYER_BYTES - sizes.HOLE_BYTES - 1 == sizes.CELL_BYTES == 4096
    assert sizes.STORE_REPLY_BYTES - sizes.AEAD_OVERHEAD - 1 == sizes.CELL_BYTES
