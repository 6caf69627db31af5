"""The next page is drawn while this one is read: by the real renderer, one page ahead."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.page import PageDamaged, PageError
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.prefetch import Ahead, NextPage
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from tests.support.pdfs import write_pdf
from tests.support.servers import wait_until

SMALL = PageSize(dpi=50, max_side_px=3400)
LIMITS = RenderSettings(timeout_s=30, memory_mb=1024, recycle_after=2)
PAGES = 6


class Watched(Renderer):
    """The renderer, and who made it draw what."""

    def __init__(self) -> None:
        super().__init__(LIMITS)
        self.asked: list[tuple[int, str]] = []
        self.answered = 0

    def page(self, source: Path, page: int, *how: Any, **more: Any) -> PageImage:
        self.asked.append((page, threading.current_thread().name))
        try:
            return super().page(source, page, *how, **more)
        finally:
            self.answered += 1


@dataclass(slots=True)
class Desk:
    """A document, and what is said to come next."""

    source: Path
    renderer: Watched = field(default_factory=Watched)
    coming: list[int] = field(default_factory=list)

    def wanted(self, page: int) -> NextPage:
        return NextPage(
            source=self.source,
            page=page,
            size=SMALL,
            mode=ImageMode.RGB,
        )

    def upcoming(self) -> NextPage | None:
        return self.wanted(self.coming.pop(0)) if self.coming else None

    def page(self, ahead: Ahead, page: int) -> PageImage:
        """Return a page, once all that was to be drawn ahead is drawn."""
        now = (page, "ahead") not in self.renderer.asked[-1:]
        answered = self.renderer.answered + now + bool(self.coming)
        image = ahead.page(self.source, page, SMALL, mode=ImageMode.RGB)
        wait_until(lambda: self.renderer.answered >= answered, "what comes next is drawn")
        return image


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(write_pdf(tmp_path / "a.pdf", *(f"Page {page}" for page in range(1, PAGES + 1))))
    with made.renderer:
        yield made


def test_what_comes_next_is_drawn_already(desk: Desk) -> None:
    """Each page but the first by the thread ahead, whose children last; the images are the same."""
    desk.coming = [2, 3, 4, 5]
    with closing(Ahead(desk.renderer, desk.upcoming)) as ahead:
        images = [desk.page(ahead, page) for page in range(1, 6)]

    assert desk.renderer.asked[0][1] != "ahead"
    assert desk.renderer.asked[1:] == [(page, "ahead") for page in range(2, 6)]
    with Renderer(LIMITS) as plain:
        own = [plain.page(desk.source, n, SMALL, mode=ImageMode.RGB) for n in range(1, 6)]
    assert images == own


def test_what_does_not_come_is_thrown_away(desk: Desk) -> None:
    """Another page is drawn when it is asked for, and nothing old is ever handed out."""
    desk.coming = [2]
    with closing(Ahead(desk.renderer, desk.upcoming)) as ahead:
        desk.page(ahead, 1)
        assert desk.page(ahead, 3) != desk.page(ahead, 2)

    assert [page for page, _ in desk.renderer.asked] == [1, 2, 3, 2]
    assert [name == "ahead" for _, name in desk.renderer.asked] == [False, True, False, False]


def test_a_file_that_was_changed_is_drawn_anew(desk: Desk) -> None:
    """Its page must not show what stood there when it was drawn ahead."""
    desk.coming = [2]
    with closing(Ahead(desk.renderer, desk.upcoming)) as ahead:
        old = desk.page(ahead, 1)
        write_pdf(desk.source, "Another", "Quite another")
        new = desk.page(ahead, 2)

    with Renderer(LIMITS) as plain:
        assert new == plain.page(desk.source, 2, SMALL, mode=ImageMode.RGB)
    assert new != old
    assert [page for page, _ in desk.renderer.asked] == [1, 2, 2]


def test_an_error_ahead_is_told_by_its_page(desk: Desk) -> None:
    """Ahead it is forgotten, and so is a next page that cannot be told."""
    desk.coming = [PAGES + 1]
    with closing(Ahead(desk.renderer, desk.upcoming)) as ahead:
        desk.page(ahead, 1)
        with pytest.raises(PageError) as caught:
            desk.page(ahead, PAGES + 1)
    assert isinstance(caught.value, PageDamaged)

    def nobody_knows() -> NextPage | None:
        raise OSError

    with closing(Ahead(desk.renderer, nobody_knows)) as ahead:
        assert desk.page(ahead, 1) != desk.page(ahead, 2)


def test_the_end_waits_for_no_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that hangs ahead holds up neither the end nor, for ever, the thread."""
    monkeypatch.setattr("ocrqueue.render.prefetch.END_S", 0.1)
    begun, over, left = threading.Event(), threading.Event(), threading.Event()

    def stuck() -> NextPage | None:
        begun.set()
        over.wait(30)
        left.set()
        return None

    ahead = Ahead(desk.renderer, stuck)
    ahead.page(desk.source, 1, SMALL, mode=ImageMode.RGB)
    assert begun.wait(30)
    ahead.close()
    assert not left.is_set()
    over.set()
    names = [thread.name for thread in threading.enumerate()]
    wait_until(lambda: "ahead" not in [t.name for t in threading.enumerate()], f"{names} end")
