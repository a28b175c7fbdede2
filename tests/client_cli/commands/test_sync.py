"""`sosik sync`: what cannot be done is one sentence and a code, and nothing is lost."""

from pathlib import Path

import pytest

from client_cli.errors import ExitCode
from client_cli.vault.keys import Key
from client_cli.vault.vault import Vault
from tests.kits.commandline import CommandLine, invite


def test_without_a_community_nothing_is_sent(mother: CommandLine) -> None:
    ran = mother("sync")
    assert (ran.code, ran.out) == (ExitCode.NOT_JOINED, "")


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "socks5://example.org:1", "감자"])
def test_a_proxy_that_would_look_a_name_up_is_refused(mother: CommandLine, proxy: str, tmp_path: Path) -> None:
    mother.good("join", invite(mother, tmp_path), "--yes")
    ran = mother("sync", "--proxy", proxy)
    assert (ran.code, ran.out) == (ExitCode.REFUSED, "")
    assert len(ran.err.splitlines()) == 1


def test_a_used_invitation_is_said_instead_of_trying_another_network(mother: CommandLine, tmp_path: Path) -> None:
    mother.good("join", invite(mother, tmp_path), "--yes")
    with Vault.open(mother.home, mother.words) as vault, vault.transaction() as tx:
        tx.put(Key.INVITATION_REFUSED, b"")
    ran = mother("sync", "--proxy", "socks5://127.0.0.1:1", "--always-proxy")
    assert ran.code == ExitCode.REFUSED
    assert "멈추고" in ran.err
    assert len(ran.err.splitlines()) == 1, "and nothing of another network"


def test_always_through_a_proxy_that_is_not_there_means_no_answer(mother: CommandLine, tmp_path: Path) -> None:
    mother.good("join", invite(mother, tmp_path), "--yes")
    ran = mother("sync", "--proxy", "socks5://127.0.0.1:1", "--always-proxy")
    assert ran.code == ExitCode.NO_ANSWER
    assert "우편함" in ran.err
