"""Mistakes of one line in what both sides share, each of which would hurt somebody, and the test that finds it."""

from collections.abc import Sequence
from typing import Final

from lab.mutants.killing import Line

LINES: Final[Sequence[Line]] = (
    Line(
        "padding is not checked",
        "protocol/primitives/padding.py",
        "    if padding.count(0) != len(padding):\n",
        "    if len(padding) < 0:\n",
        "tests/protocol/primitives/test_padding.py::test_whatever_unpads_pads_to_the_same_bytes",
    ),
    Line(
        "a key that everybody knows is agreed on",
        "protocol/primitives/agreement.py",
        (
            "    except RuntimeError:  # libsodium reports an all-zero result as a failure\n"
            '        raise ProtocolError("public key of small order") from None\n'
        ),
        "    except RuntimeError:\n        return bytes(AGREED_BYTES)\n",
        "tests/protocol/primitives/test_agreement.py::test_points_of_small_order_are_refused_whatever_the_secret",
    ),
    Line(
        "a signature for one thing holds for another",
        "protocol/primitives/signing.py",
        "return bytes([len(label)]) + label + message",
        "return message",
        "tests/protocol/primitives/test_signing.py::test_signature_holds_for_its_label_and_message_only",
    ),
    Line(
        "holds end early",
        "protocol/primitives/sampling.py",
        "EXPONENTIAL_CAP = 27",
        "EXPONENTIAL_CAP = 3",
        "tests/protocol/primitives/test_sampling.py::test_exponential_is_capped_at_27_means_and_only_there",
    ),
    Line(
        "a used pigeonhole can be computed from what is kept",
        "protocol/streams/epoch_chain.py",
        "        self.kept.pop(index, None)\n",
        "",
        "tests/protocol/streams/test_epoch_chain.py::test_a_chain_yields_an_index_until_it_is_spent_or_dropped",
    ),
    Line(
        "a cell of the wrong size is sealed",
        "protocol/streams/cell.py",
        "    if len(message) != MESSAGE_BYTES:\n",
        "    if len(message) > MESSAGE_BYTES:\n",
        "tests/protocol/streams/test_cell.py::test_no_cell_of_another_size_is_made",
    ),
    Line(
        "an index that was never used is acknowledged",
        "protocol/streams/send.py",
        "if ack.end > self.end or not self.unused()",
        "if not self.unused()",
        "tests/protocol/streams/test_send.py::test_an_end_past_everything_used_is_refused_though_nothing_was_left_out",
    ),
    Line(
        "a reader is talked out of what it waits for",
        "protocol/streams/receive.py",
        "if any(floor > entry.end + WINDOW for entry, floor in raised):",
        "if not raised and floors is None:",
        "tests/protocol/streams/test_receive.py::test_floors_past_the_window_are_refused_and_change_nothing",
    ),
    Line(
        "cards of a meeting are not bound to it",
        "protocol/people/handshake.py",
        'b"".join(agreed), *cards)',
        'b"".join(agreed))',
        "tests/protocol/people/test_handshake.py::test_whoever_saw_another_card_ends_elsewhere",
    ),
    Line(
        "our own card is taken for somebody's",
        "protocol/people/handshake.py",
        ("    if not mine.isdisjoint({theirs.agreement, theirs.ratchet, theirs.psk, theirs.rendezvous}):\n"),
        "    if theirs is ours:\n",
        "tests/protocol/people/test_handshake.py::test_our_own_card_is_refused",
    ),
    Line(
        "a mistyped line of a card is taken",
        "protocol/people/typed_card.py",
        "if check == _check(number, chunk, last=last) and",
        "if check[0] == _check(number, chunk, last=last)[0] and",
        "tests/protocol/people/test_typed_card.py::test_one_or_two_mistyped_characters_are_found",
    ),
    Line(
        "a wrong answer to a question is the same answer",
        "protocol/people/question.py",
        "    if not hmac.compare_digest(expected, received):\n",
        "    if len(expected) != len(received):\n",
        "tests/protocol/people/test_question.py::test_another_answer_fails",
    ),
    Line(
        "an expired ticket admits",
        "protocol/community/tickets.py",
        "    if today > ticket.expiry_day:\n",
        "    if today > ticket.expiry_day + 9999:\n",
        "tests/protocol/community/test_tickets.py::test_ticket_admits_at_its_relays_until_its_day",
    ),
    Line(
        "a relay's number goes to another relay",
        "protocol/community/roster.py",
        ("        if known is not None and known.identity != relay.identity:\n"),
        '        if known is not None and known.identity == b"":\n',
        "tests/protocol/community/test_roster.py::test_relay_number_is_permanent",
    ),
    Line(
        "a roster forgets who was shut out",
        "protocol/community/roster.py",
        "    if not still <= set(new.revoked):\n",
        "    if len(still) > 9999:\n",
        "tests/protocol/community/test_roster.py::test_a_revoked_certificate_is_forgotten_when_it_has_expired_and_not_before",
    ),
    Line(
        "whoever sees the middle learns whose guard it is",
        "protocol/routes/schedule.py",
        "if number not in roster.guards and number not in (entry, store))",
        "if number not in (entry, store))",
        "tests/protocol/routes/test_schedule.py::test_middles_are_those_of_the_table",
    ),
    Line(
        "the schedule of the past can be drawn again",
        "protocol/routes/schedule.py",
        "return Schedule(_first_block(self.key)[:SCHEDULE_KEY_BYTES], self.number + 1, at)",
        "return Schedule(self.key, self.number + 1, at)",
        "tests/protocol/routes/test_schedule.py::test_key_ratchets_so_that_past_slots_cannot_be_drawn_again",
    ),
    Line(
        "keys that other relays do not know of are agreed on",
        "protocol/board/agreement.py",
        "2 * len(voters) > len(others) - len(absent)",
        "2 * len(voters) >= 0",
        "tests/protocol/board/test_agreement.py::test_a_majority_of_the_others_that_are_not_away_must_name_the_key",
    ),
)
