"""A workspace to review without an engine: its owner's browser, and paper instead of drawings."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from flask.testing import FlaskClient

from ocrqueue.model.document import Document
from ocrqueue.model.page import ImageMode, PageImage, PageResult
from ocrqueue.pipeline import retry
from ocrqueue.settings.engines import ScriptedSettings
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_storage import WorkspaceSettings
from ocrqueue.web import review
from ocrqueue.web.review_desk import ReviewDesk
from ocrqueue.web.review_index import ReviewIndex
from tests.support.desk import Desk
from tests.support.onlookers import ADMISSION, owner_of

SEEN = re.compile(r'name="seen" value="(\w+)"')


@dataclass(slots=True)
class Paper:
    """Draws empty sheets and notes which."""

    drawn: list[tuple[Path, int]] = field(default_factory=list)

    def page(self, source: Path, page: int, *_: Any, mode: ImageMode, **__: Any) -> PageImage:
        self.drawn.append((source, page))
        bands = 1 if mode is ImageMode.GREY else 3
        return PageImage(
            width=20, height=30, mode=mode, pixels=b"\xff" * (600 * bands), dpi=72, ink=0.1
        )

    def sheet(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(slots=True)
class Reviewer:
    """The owner of a workspace, at his browser."""

    desk: Desk
    paper: Paper
    reviewed: ReviewDesk
    browser: FlaskClient

    def address(self, name: str, page: int | str = "") -> str:
        (output,) = retry.named(self.desk.store, [name])
        return f"/review/{output.key}/{page}"

    def document(self, name: str) -> Document:
        (output,) = retry.named(self.desk.store, [name])
        found = self.desk.store.document(output.document or "")
        assert found is not None
        return found

    def settle(self, name: str, result: PageResult) -> None:
        """Let a page have another result than the usual one."""
        store, document = self.desk.store, self.document(name)
        store.forget_page(document.id, result.page)
        (store.reject if result.failed else store.accept)(document.id, result)
        self.reviewed.index.look_again()

    def text(self, address: str) -> str:
        answer = self.browser.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    def act(self, name: str, page: int, act: str, **form: str) -> Any:
        """Press a button of a page that was just looked at."""
        address = self.address(name, page)
        seen = SEEN.findall(self.text(address))[0]
        return self.browser.post(f"{address}/{act}", data={"seen": seen, **form})


def make_reviewer(desk: Desk) -> Reviewer:
    """Return the reviewer of what a desk has converted."""
    paper = Paper()
    out = desk.folder / "out"
    settings = Settings(workspace=WorkspaceSettings(output=out))
    settings = replace(settings, candidates={**settings.candidates, "scripted": ScriptedSettings()})
    reviewed = ReviewDesk(
        store=desk.store,
        settings=settings,
        index=ReviewIndex(desk.store, patience_s=60),
        renderer=cast("Any", paper),
        reader=cast("Any", paper),
    )
    app = review.create_app(reviewed, host="127.0.0.1", admission=ADMISSION)
    return Reviewer(desk, paper, reviewed, owner_of(app))
