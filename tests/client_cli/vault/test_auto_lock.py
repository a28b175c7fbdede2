"""Locking by itself: when nobody used the vault for as long as was chosen, and never because of anything else."""

import asyncio
from pathlib import Path

from client_cli.running.online import OnlineProgress, run_online
from client_cli.status.facts import status
from client_cli.vault.auto_lock import IdleWatch, choose_lock_after
from client_cli.vault.vault import Vault
from tests.client_cli.running.test_online import FastClock, Wire
from tests.kits.homes import NOW, WORDS, make_vault
from tests.kits.small_network import START, SmallNetwork, make_member, make_postman, seeded
from tests.kits.small_network import WORDS as MEMBER_WORDS

MINUTE = 60.0


def test_nothing_is_locked_unless_it_was_chosen(memory_path: Path) -> None:
    with make_vault(memory_path / "a") as vault:
        watch = IdleWatch(NOW)
        assert not any(watch.over(vault, NOW + minutes * MINUTE) for minutes in range(0, 10_000, 100))
        assert status(vault, NOW).schedule.lock_after_s is None


def test_it_is_time_after_so_many_minutes_without_a_command(memory_path: Path) -> None:
    with make_vault(memory_path / "a") as vault:
        choose_lock_after(vault, 10)
        watch = IdleWatch(NOW)
        assert not watch.over(vault, NOW)
        assert not watch.over(vault, NOW + 9 * MINUTE)
        Vault.open(vault.home, WORDS).close()
        assert not watch.over(vault, NOW + 11 * MINUTE)
        assert not watch.over(vault, NOW + 20 * MINUTE)
        assert watch.over(vault, NOW + 21.5 * MINUTE)
        assert not watch.over(vault, NOW - MINUTE)  # the clock was set back: the wait begins anew
        choose_lock_after(vault, 0)
        assert not watch.over(vault, NOW + 999 * MINUTE)


async def test_online_locks_by_itself_opens_with_the_words_and_makes_the_same_exchanges(memory_path: Path) -> None:
    times = {}
    for minutes in (0, 3):
        network = SmallNetwork()
        with make_member(network, memory_path / str(minutes), "a") as vault:
            choose_lock_after(vault, minutes)
            clock, stop = FastClock(), asyncio.Event()
            wire = Wire(network, clock, stop, 12)
            seen: list[bool] = []

            def watch(report: OnlineProgress, vault: Vault = vault, seen: list[bool] = seen) -> None:
                if report.locked and True not in seen:
                    assert not vault.has_letters_key
                    Vault.open(vault.home, MEMBER_WORDS).close()
                seen.append(report.locked)

            postman = make_postman(vault, "a")
            await run_online(vault, clock, postman, wire, watch, entropy=seeded("door"), stop=stop, pause=clock.pause)
            times[minutes] = wire.times
            assert clock.now() > START + 4 * MINUTE
            if minutes:
                first = seen.index(True)
                assert False in seen[first:]  # the words opened it again
            else:
                assert True not in seen
    assert times[0] == times[3]
