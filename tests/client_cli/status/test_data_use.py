"""What a profile costs in a month: cover included, and more where there are more exchanges."""

from client_cli.status.data_use import exchange_bytes, monthly_mb
from protocol.profile import Profile
from tests.kits.homes import CONSTANTS


def test_budget_counts_every_byte_of_every_slot() -> None:
    assert exchange_bytes(Profile.METERED) > 6144 + 16384
    monthly = [monthly_mb(profile, CONSTANTS) for profile in Profile]
    assert monthly == sorted(monthly)
    assert 50 < monthly[0] < 150
    assert 300 < monthly[1] < 500
