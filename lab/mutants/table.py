"""All mutants by their names in the anonymity table, and the setting in which each shows."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from lab.mutants import cells, relays, timing
from lab.worlds.scenarios import AWAY, QUICK, Setting

SHORT = replace(QUICK, duration_s=1000.0)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake. `switch` makes the context in which it is made; `setting` is one in which it shows."""

    switch: Callable[[], AbstractContextManager[None]]
    setting: Setting = SHORT


MUTANTS: Mapping[str, Mutant] = {
    "one random stream": Mutant(cells.one_random_stream),
    "flush on write": Mutant(timing.flush_on_write),
    "ack at once": Mutant(timing.ack_at_once),
    "lost cell re-sent at once": Mutant(timing.lost_cell_resent_at_once),
    "re-sending in an extra slot": Mutant(timing.resend_in_an_extra_slot),
    "re-sending to the same pigeonhole": Mutant(cells.resend_to_the_same_pigeonhole),
    "fetch placed by the letter": Mutant(cells.fetch_placed_by_the_letter),
    "a fixed S per contact": Mutant(cells.fixed_store_per_contact),
    "no fetch when idle": Mutant(cells.no_fetch_when_idle),
    "no loop when idle": Mutant(cells.no_loop_when_idle),
    "no reply on a miss": Mutant(relays.no_reply_on_a_miss),
    "board page sized by content": Mutant(relays.page_sized_by_content),
    "hit slower than miss": Mutant(relays.hit_slower_than_miss),
    "timer re-armed after the work": Mutant(timing.timer_rearmed_after_the_work),
    "sealed at writing time with an old key": Mutant(cells.sealed_at_writing_time, AWAY),
    "a quota that refuses letters only": Mutant(relays.quota_refuses_letters_only),
    "a window that counts hits only": Mutant(cells.window_counts_hits_only),
    "guard chosen by letters": Mutant(cells.guard_chosen_by_letters),
    "a sync when news is expected": Mutant(timing.sync_when_news_is_expected),
}
