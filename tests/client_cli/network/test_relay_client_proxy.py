"""Exchanges through a real SOCKS5 server: pinned like any other, and no name is ever looked up here."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from client_cli.network.relay_client import NO_PIN, RelayClient, RelayUnreachable
from tests.client_cli.network.test_relay_client import ANSWER, BODY, serving
from tests.socks import NAME, socks_proxy


class _LookUps:
    """Names that this process asked its resolver for, while somebody wants to know. An audit hook stays for good."""

    def __init__(self) -> None:
        self.recording: list[object] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[object, ...]) -> None:
        if self.recording is not None and event in ("socket.getaddrinfo", "socket.gethostbyname"):
            self.recording.append(args[0])


_LOOK_UPS = _LookUps()


@contextmanager
def looked_up() -> Iterator[list[object]]:
    names: list[object] = []
    _LOOK_UPS.recording = names
    try:
        yield names
    finally:
        _LOOK_UPS.recording = None


def is_name(host: object) -> bool:
    return not str(host).replace(".", "").isdigit()


async def test_a_relay_is_reached_through_the_proxy_which_gets_its_name_and_nobody_else_does() -> None:
    async with serving() as server, socks_proxy() as proxy:
        with looked_up() as names:
            for host in ("relay.example", "abcdefghij.onion"):
                url = f"https://{host}:{server.port}/p"
                assert await RelayClient(proxy.url).post(url, server.pin, BODY, len(ANSWER)) == ANSWER
        assert proxy.asked == [(NAME, "relay.example", server.port), (NAME, "abcdefghij.onion", server.port)]
        assert not [name for name in names if is_name(name)]
        assert [body for _, _, body in server.requests] == [BODY, BODY]


async def test_the_recorder_hears_a_name_that_is_looked_up() -> None:
    with looked_up() as names, pytest.raises(RelayUnreachable):
        await RelayClient().post("https://relay.invalid:1/p", NO_PIN, BODY, 1)
    assert [name for name in names if is_name(name)]


async def test_an_onion_name_without_a_proxy_is_refused_before_anything_is_looked_up() -> None:
    with looked_up() as names, pytest.raises(RelayUnreachable):
        await RelayClient().post("https://abcdefghij.onion/p", NO_PIN, BODY, 1)
    assert names == []


async def test_another_certificate_is_refused_through_the_proxy_as_well() -> None:
    async with serving() as server, socks_proxy() as proxy:
        for pin in (bytes([1] * 32), NO_PIN):
            with pytest.raises(RelayUnreachable):
                await RelayClient(proxy.url).post(server.https, pin, BODY, len(ANSWER))
        assert server.requests == []


async def test_a_proxy_that_is_down_refuses_or_resets_is_no_answer() -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with socks_proxy() as proxy:
        with pytest.raises(RelayUnreachable):  # nobody listens behind it
            await RelayClient(proxy.url).post("https://relay.example:1/p", NO_PIN, BODY, 1)
    listener = await asyncio.start_server(reset, "127.0.0.1", 0)
    url = f"socks5://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    with pytest.raises(RelayUnreachable):
        await RelayClient(url).post("https://relay.example/p", NO_PIN, BODY, 1)
    listener.close()
    await listener.wait_closed()
    with pytest.raises(RelayUnreachable):
        await RelayClient(url).post("https://relay.example/p", NO_PIN, BODY, 1)


async def test_the_time_limit_holds_for_a_proxy_that_says_nothing() -> None:
    async with socks_proxy() as proxy:
        proxy.silent = True
        began = asyncio.get_running_loop().time()
        with pytest.raises(RelayUnreachable):
            await RelayClient(proxy.url, limit_s=0.3).post("https://relay.example/p", NO_PIN, BODY, 1)
        assert asyncio.get_running_loop().time() - began < 5
