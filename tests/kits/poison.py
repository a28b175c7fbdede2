"""Boxes that raise something unforeseen in a relay's core."""

import pytest

from protocol.primitives.sealed_box import box_tag
from protocol.routes.onion import Layer
from relay.core import routing, service
from relay.core.guard import exchanges
from relay.core.links import receiving
from relay.core.mix.keys import KeyRing
from relay.store.records import TagRow


def plant(monkeypatch: pytest.MonkeyPatch, poison: set[bytes]) -> None:
    """Let the peeling of boxes with these tags raise, wherever a core peels."""

    def peel_packet(ring: KeyRing, box: bytes) -> tuple[TagRow, Layer] | None:
        if box_tag(box) in poison:
            raise KeyError
        return routing.peel_packet(ring, box)

    for module in (exchanges, receiving, service):
        monkeypatch.setattr(module, "peel_packet", peel_packet)
