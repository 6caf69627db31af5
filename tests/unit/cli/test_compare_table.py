"""What `compare` prints: each figure whole, on a terminal of 80 columns too."""

from io import StringIO

from rich.console import Console

from ocrqueue.cli.compare import figures_table
from ocrqueue.evaluation.compare_figures import Figures, Witnessed

ASKED = ("openrouter:google/gemini-3.1-flash-lite", "openrouter:qwen/qwen3-vl-32b", "tesseract")


def figures(backend: str) -> Figures:
    return Figures(
        backend=backend,
        model="m",
        verdicts={"good": 7, "doubtful": 2, "failed": 1},
        why_untried="",
        similarity=0.987,
        recall=0.912,
        precision=0.876,
        cost_usd_1000=1.25,
        seconds_median=12.34,
        seconds_total=99.0,
        tokens_per_s=67.8,
        cost_usd=0.0125,
        witnesses=(Witnessed(by="tesseract", kind="engine", pages=9, doubted=1, agreed=0.965),),
        unwitnessed=1,
    )


def test_three_models_fit_on_a_terminal() -> None:
    """No head and no figure is cut; a name that is too long goes on below."""
    shown = StringIO()
    Console(file=shown, width=80).print(figures_table([figures(name) for name in ASKED]))

    printed = shown.getvalue()
    assert "…" not in printed
    for head in ("alike", "recall", "precision", "agreed", "s/page", "tok/s", "USD/1000"):
        assert f"\n {head} " in printed
    for figure in ("98.7%", "91.2%", "87.6%", "96.5%", "12.34", "67.8", "1.25"):
        assert printed.count(figure) == len(ASKED)
    assert all(len(line) <= 80 for line in printed.splitlines())
