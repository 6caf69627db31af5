"""How much of a page is printed."""

import pytest

from ocrqueue.render.ink import ink_share


def _histogram(**levels: int) -> list[int]:
    histogram = [0] * 256
    for name, count in levels.items():
        histogram[int(name.removeprefix("at"))] = count
    return histogram


def test_black_on_white() -> None:
    """A tenth of black pixels on white paper is a tenth of ink."""
    assert ink_share(_histogram(at255=900, at0=100)) == pytest.approx(0.1)


def test_blank_paper_has_no_ink() -> None:
    """Paper tones that scatter around one grey are paper, however grey."""
    assert ink_share(_histogram(at180=300, at186=300, at192=300, at200=60)) == 0


def test_light_text_on_dark_paper() -> None:
    """On a dark page the light pixels are the ink."""
    assert ink_share(_histogram(at20=950, at240=50)) == pytest.approx(0.05)


def test_no_pixels() -> None:
    """An image without pixels has no ink and breaks nothing."""
    assert ink_share([0] * 256) == 0
