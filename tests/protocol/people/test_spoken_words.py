"""The numbers behind the words of a meeting: a function of the binding and of the community key, whole."""

from protocol.people.spoken_words import NUMBER_BITS, SPOKEN_NUMBERS, spoken_numbers


def test_numbers_are_places_in_a_list_and_follow_binding_and_community() -> None:
    binding, community = bytes(32), b"c" * 32
    numbers = spoken_numbers(binding, community)
    assert len(numbers) == SPOKEN_NUMBERS
    assert all(0 <= number < 2**NUMBER_BITS for number in numbers)
    assert spoken_numbers(binding, community) == numbers
    for other in (spoken_numbers(b"\1" + bytes(31), community), spoken_numbers(binding, b"d" * 32)):
        assert sum(a == b for a, b in zip(numbers, other, strict=True)) <= 1
