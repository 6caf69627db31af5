"""Facts about what `ocrqueue bench` concludes from the times of pages."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ocrqueue.evaluation import bench_report
from ocrqueue.evaluation.bench_report import FIGURES, BenchRun, Level, PageTime
from ocrqueue.settings.keys import keys_of
from ocrqueue.settings.schema import Settings, TargetsSettings

BY_KEY = {figure.key: figure for figure in FIGURES}


def page(number: int, **changed: object) -> PageTime:
    plain = PageTime(
        document="a1", page=number, seconds=10.0, drawing_s=0.25, backend_s=9.5, verdict="good"
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


RUN = BenchRun(
    at="2026-01-01T00:00:00+00:00",
    program={"ocrqueue": "1"},
    machine={"chip": "M2", "cores": 8},
    backend="deepseek-mlx",
    model="some/model",
    options={"dpi": 200},
    pages=(
        page(1, seconds=20.0, backend_s=19.0, tokens=500, tokens_per_s=50.0),
        page(2, tokens=100, tokens_per_s=20.0),
        page(3, error="reply-hopeless", verdict=""),
    ),
    load_s=12.0,
    rss_mb=2048.0,
    children_mb=512.0,
    model_mb=4096.0,
)


def test_the_figures_follow_from_the_pages() -> None:
    """A page that failed takes time and is no page; tokens count by the time they were written."""
    assert bench_report.figures(RUN) == {
        "pages_per_min": 60 * 2 / 40,
        "tokens_per_s": 600 / (500 / 50 + 100 / 20),
        "peak_memory_gb": (4096 + 512) / 1024,
        "load_s": 12.0,
        "first_page_s": 20.0,
        "overhead_percent": 100 * 2.0 / 40,
    }


def test_what_a_backend_does_not_have_is_not_made_up() -> None:
    """Tesseract loads no model and writes no tokens; a first page that failed has no time."""
    plain = replace(RUN, pages=(page(1, error="x"), page(2)), load_s=None, model_mb=None)

    figures = bench_report.figures(plain)

    assert figures["tokens_per_s"] is figures["load_s"] is figures["first_page_s"] is None
    assert figures["peak_memory_gb"] == 2.5


@pytest.mark.parametrize(
    ("key", "value", "level"),
    [
        ("pages_per_min", 8.0, Level.STRETCH),
        ("pages_per_min", 5.5, Level.TARGET),
        ("pages_per_min", 3.0, Level.ACCEPTABLE),
        ("pages_per_min", 2.9, Level.MISSED),
        ("load_s", 9.0, Level.STRETCH),
        ("load_s", 20.0, Level.TARGET),
        ("load_s", 29.0, Level.ACCEPTABLE),
        ("load_s", 31.0, Level.MISSED),
        ("load_s", None, Level.NONE),
    ],
)
def test_a_verdict_is_the_best_level_reached(key: str, value: float | None, level: Level) -> None:
    """More pages are better, more seconds are worse."""
    levels = getattr(Settings().targets, key)

    assert bench_report.verdict(BY_KEY[key], value, levels) is level
    assert bench_report.verdict(BY_KEY[key], value, ()) is Level.NONE


def test_each_figure_has_its_target() -> None:
    """Nothing can be wanted that is not measured, and the defaults get better one by one."""
    assert list(keys_of(TargetsSettings)) == list(BY_KEY)
    for key, figure in BY_KEY.items():
        levels = list(getattr(Settings().targets, key))
        assert levels == sorted(levels, reverse=not figure.more_is_better)


def test_two_runs_are_compared_figure_by_figure() -> None:
    """Little changes are none, and a figure that one run lacks has no change."""
    pages = tuple(replace(page, seconds=page.seconds * 1.02) for page in RUN.pages)
    after = replace(RUN, pages=pages, load_s=6.0, model_mb=8192.0)

    words = {change.figure.key: change.word for change in bench_report.changes(RUN, after)}

    assert words["pages_per_min"] == words["first_page_s"] == "same"
    assert (words["load_s"], words["peak_memory_gb"]) == ("better", "worse")
    (load,) = [c for c in bench_report.changes(RUN, after) if c.figure.key == "load_s"]
    assert load.percent == -50
    without = bench_report.changes(replace(RUN, load_s=None), after)
    assert [c.word for c in without if c.figure.key == "load_s"] == [""]


def test_what_else_differs_is_told() -> None:
    """Other pages, another machine or model make a comparison say less."""
    after = replace(
        RUN, model="other", machine={"chip": "M4", "cores": 8}, options={}, pages=RUN.pages[:2]
    )

    assert bench_report.conditions(RUN, RUN) == []
    assert bench_report.conditions(RUN, after) == [
        "model: some/model and other",
        "dpi: 200 and -",
        "chip: M2 and M4",
        "other pages (3 and 2)",
    ]


ODD: list[dict[str, Any]] = [
    *({"version": 2}, {"pages": [{}]}, {"pages": 3}, {"rss_mb": "x"}, {"load_s": True}),
]


def test_a_run_survives_the_wire() -> None:
    """What was written is read back; what is no whole measurement is refused."""
    wire = json.loads(json.dumps(RUN.to_wire()))

    assert BenchRun.from_wire(wire) == RUN
    broken: list[Any] = [[], {}, *({**wire, **change} for change in ODD)]
    for one in broken:
        with pytest.raises(ValueError, match=r"version|not a|another kind"):
            BenchRun.from_wire(one)
