"""How many pixels of an image file are read."""

from itertools import product

import pytest

from ocrqueue.model.document import PageSize
from ocrqueue.render.image import Scaling, scaling

UNKNOWN = (0.0, 0.0)
ASKED = PageSize(dpi=200, max_side_px=4000)


def _scaled(width: int, height: int, native: tuple[float, float]) -> Scaling:
    return scaling(width, height, ASKED, native=native)


@pytest.mark.parametrize(
    ("width", "height", "native", "expected"),
    [
        (1700, 2200, (200.0, 200.0), (1700, 2200, 200)),  # as asked: untouched
        (2480, 3508, (300.0, 300.0), (2480, 3508, 300)),  # a good scan keeps its 300 dpi
        (4960, 7016, (600.0, 600.0), (2480, 3508, 300)),  # finer is brought to 300
        (850, 1100, (100.0, 100.0), (1700, 2200, 200)),  # coarse: enlarged to what was asked
        (1728, 1078, (204.0, 98.0), (1694, 2200, 200)),  # a fax: the axes differ
        (400, 300, (50.0, 50.0), (1200, 900, 150)),  # never more than three times
        (4032, 3024, (72.0, 72.0), (4000, 3000, 364)),  # 56 inches: a program's default
        (9362, 6622, (200.0, 200.0), (4000, 2829, 85)),  # 47 inches: a plan was scanned so
        (300, 200, UNKNOWN, (900, 600, 82)),  # small, nobody knows: enlarged
        (1200, 900, UNKNOWN, (1200, 900, 109)),  # large enough: untouched
        (20000, 3, UNKNOWN, (4000, 1, 364)),  # a sliver keeps one pixel
        (1, 1, (float("1e9"), 1.0), (3, 3, 1)),  # nonsense counts as unknown
    ],
)
def test_size_read(
    width: int, height: int, native: tuple[float, float], expected: tuple[int, int, int]
) -> None:
    """PageSize and resolution follow the stated resolution where it is sane, else the pixels."""
    plan = _scaled(width, height, native)
    assert (plan.width, plan.height) == expected[:2]
    assert plan.dpi == pytest.approx(expected[2], abs=1)


def test_cap_and_floor_hold_for_any_size() -> None:
    """No side is ever above the cap or below one pixel."""
    sides, dpis = (1, 17, 999, 1000, 5000, 60000), (0.0, 50.0, 72.0, 300.0, 1200.0)
    for width, height, across, down in product(sides, sides, dpis, dpis):
        plan = _scaled(width, height, (across, down))
        assert 1 <= min(plan.width, plan.height) <= max(plan.width, plan.height) <= 4000
        assert plan.dpi >= 1
