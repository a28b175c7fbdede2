"""The page about anonymity is made from what the lab wrote: its table and its plots."""

from pathlib import Path

import pytest

from lab.report import plots
from lab.report.report import BEGIN, DOCUMENT, END, with_results
from lab.report.results import keep, write
from lab.report.verdict import Scale, Verdict, at_most

LIMIT_BYTES = 100_000


def found(scale: Scale = Scale.QUICK, scratch: Path = Path()) -> list[Verdict]:
    verdicts = []
    for users in (20, 100, 1000):
        for profile, missing in (("metered", 0.4), ("standard", 0.1), ("guarded", 0.03)):
            crowd = f"{users} {profile}, 3 relays"
            verdicts += [
                at_most("M5", f"{crowd}: bits missing", missing, 0.45),
                at_most("M6", f"{crowd}: bits missing", missing * 1.5, 0.7),
                at_most("latency", f"{crowd}: half of the letters, minutes", 100 * missing, 1440),
                at_most("latency", f"{crowd}: 95 % of the letters, minutes", 200 * missing, 1440),
            ]
    return verdicts


def test_table_is_put_between_its_marks_and_nothing_else_changes() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    new = with_results(text, [at_most("M3", "planned, |r|", 0.5, 0.25)])
    assert "| M3 | planned, \\|r\\| | 0.5 | 0.25 | MISSED |" in new
    assert new.split(BEGIN)[0] == text.split(BEGIN)[0]
    assert new.split(END)[1] == text.split(END)[1]
    assert with_results(new, [at_most("M3", "planned, |r|", 0.5, 0.25)]) == new


def test_plots_are_made_and_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert plots.main() == 1
    keep(found, found())
    write([found])
    assert plots.main() == 0
    made = sorted((tmp_path / plots.FOLDER).glob("*.png"))
    assert [path.name for path in made] == ["entropy.png", "latency.png"]
    assert all(0 < path.stat().st_size < LIMIT_BYTES for path in made)


def test_points_leave_out_controls_and_other_numbers_of_relays() -> None:
    others = [
        at_most("M5", "20 standard, 5 relays: bits missing", 9, 0.15),
        at_most("M5", "20 standard, 3 relays: bits missing", 9, 0.15, control=True),
        at_most("M5", "20 metered and standard, 3 relays: bits missing", 9, 0.15),
    ]
    assert plots.points([*found(), *others], "M5", "bits missing")["standard"] == {20: 0.1, 100: 0.1, 1000: 0.1}
