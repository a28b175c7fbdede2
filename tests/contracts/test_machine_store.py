"""Every store against a model of plain dictionaries: any steps in any order, some transactions failing at their end,
and the store closed and opened again after each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from relay.seams import system_entropy
from relay.store.address import parse_address
from relay.store.interface import Store
from relay.store.postgres.store import PostgresStore
from relay.store.sqlite.store import SqliteStore
from tests.conftest import on_postgres
from tests.contracts.model import Model, read_all
from tests.contracts.stepping import Done
from tests.contracts.steps import STEPS

Open = Callable[[], Awaitable[Store]]
"""Opens the store of one example."""
_T = TypeVar("_T")


class Refused(Exception):
    """What a transaction fails with."""


class Stores(RuleBasedStateMachine):
    """A store and its model."""

    def __init__(self, opened: Open) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.open = opened
        self.store = self._do(opened())
        self.model = Model()

    def teardown(self) -> None:
        """Close it."""
        self._do(self.store.close())
        self.loop.close()

    def _do(self, step: Awaitable[_T]) -> _T:
        async def run() -> _T:
            return await step

        return self.loop.run_until_complete(run())

    @rule(steps=st.lists(STEPS, min_size=1, max_size=8), fails=st.sampled_from([False, False, False, True]))
    def transaction(self, steps: list[Done], fails: bool) -> None:
        """Some steps together; what fails leaves no trace."""
        model = self.model.copy()

        async def run() -> None:
            async with self.store.transaction() as tx:
                for step in steps:
                    await step(tx, model)
                if fails:
                    raise Refused

        with suppress(Refused):
            self._do(run())
        if not fails:
            self.model = model

    @rule()
    def checkpoint(self) -> None:
        """Nothing changes by it."""
        self._do(self.store.checkpoint())

    @invariant()
    def all_of_it_is_there_after_opening_it_again(self) -> None:
        """What the store holds is what the model holds."""

        async def run() -> dict[str, Any]:
            await self.store.close()
            self.store = await self.open()
            async with self.store.transaction() as tx:
                return await read_all(tx)

        assert self._do(run()) == self.model.dump()


def check(fresh: Callable[[], Open], examples: int) -> None:
    """Run the machine on stores that `fresh` makes, one for each example."""
    how = settings(max_examples=examples, stateful_step_count=12, deadline=None)
    run_state_machine_as_test(lambda: Stores(fresh()), settings=how)  # type: ignore[arg-type] # any maker will do


def test_sqlite_holds_what_plain_dictionaries_hold(memory_path: Path) -> None:
    numbers: Iterator[int] = iter(range(1_000_000))

    def fresh() -> Open:
        path = memory_path / f"{next(numbers)}.db"
        return lambda: SqliteStore.open(path)

    check(fresh, 20)


@on_postgres
def test_postgres_holds_what_plain_dictionaries_hold(request: pytest.FixtureRequest) -> None:
    cluster = request.getfixturevalue("postgres")

    def fresh() -> Open:
        address = parse_address(cluster.new_database())
        return lambda: PostgresStore.open(address, system_entropy)

    check(fresh, 3)
