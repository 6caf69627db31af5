"""Facts about figures: from a model's box to a file beside the Markdown, and about its replies."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ocrqueue import api
from ocrqueue.backends import factory
from ocrqueue.backends.base import OnTokens, tell_nobody
from ocrqueue.model.document import Document, Kind, Reading, RouteStep, Task
from ocrqueue.model.page import (
    Figure,
    ImageMode,
    Margin,
    PageImage,
    PageResult,
    Place,
    Reply,
    Verdict,
)
from ocrqueue.pipeline import attempt
from ocrqueue.pipeline.attempt import Accepted, Request, Tools
from ocrqueue.settings.engines import Candidate, ScriptedSettings
from ocrqueue.settings.schema import OutputSettings, Settings
from ocrqueue.text import figures, replies
from ocrqueue.workspace import outputs, publish
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from tests.support.pdfs import write_pdf
from tests.support.readings import a_reading

READING = a_reading(route=(RouteStep(backend="seer", tries=1),))
IMAGE = PageImage(
    width=40,
    height=20,
    mode=ImageMode.RGB,
    pixels=bytes((x * 6, y * 12, 7)[c] for y in range(20) for x in range(40) for c in range(3)),
    dpi=200,
    ink=0.1,
)
TITLE = "<|ref|>title<|/ref|><|det|>[[0, 0, 999, 90]]<|/det|>\nTower\n\n"
PICTURE = "<|ref|>image<|/ref|><|det|>[[250, 500, 750, 999]]<|/det|>\n\n"
NUMBER = "<|ref|>page_number<|/ref|><|det|>[[0, 0, 999, 90]]<|/det|>\n7"
TABLE = "<table><tr><td>a</td><td>b</td></tr></table>"


@dataclass
class Seer:
    """A model that says what it is told to; it also draws."""

    reply: str
    name: str = "seer"
    model: str = "m"
    image_mode: ImageMode | None = ImageMode.RGB

    def __post_init__(self) -> None:
        self.on_tokens: OnTokens = tell_nobody

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        del image, deadline, page
        return Reply(
            text=self.reply, raw=self.reply, backend="seer", model="m", finish_reason="stop"
        )

    table_to_markdown = formula_to_latex = page_to_markdown

    def obey(self, asked: Candidate) -> None:
        del asked

    def close(self) -> None:
        return None

    def page(self, *_: object, **__: object) -> PageImage:
        return IMAGE

    def sheet(self, *_: object, **__: object) -> None:
        return None


@pytest.fixture
def document(tmp_path: Path) -> Document:
    source = tmp_path / "tower (2).pdf"
    source.write_bytes(b"a file")
    found = source.stat()
    return Document(
        id="ab" * 12,
        sha256="cd" * 32,
        kind=Kind.PDF,
        pages=9,
        source=str(source),
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        reading=READING,
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "workspace")


def read(document: Document, reply: str, page: int = 7) -> Accepted:
    seer = Seer(reply)
    tools = Tools(renderer=seer, backend=seer, own=ScriptedSettings(), limit_s=9, worker="w")
    outcome = attempt.run(Request(document=document, page=page), tools)
    assert isinstance(outcome, Accepted), outcome
    return outcome


def written(
    store: Store, document: Document, results: list[PageResult], **style: bool
) -> dict[str, str]:
    """Publish; return the text files below the output folder, by name."""
    folder = store.root.parent / "out"
    output = Output(
        name="tower (2)",
        folder=str(folder),
        source=document.source,
        shown="tower (2).pdf",
        document=document.id,
        style=OutputSettings(**style).to_wire(),  # type: ignore[arg-type]
    )
    store.save_output(output.key, output.to_wire(), document.id)
    assert publish.publish(store, output, document, lambda: results)
    texts = (p for p in folder.rglob("*") if p.suffix in {".md", ".json"})
    return {str(p.relative_to(folder)): p.read_text("utf-8") for p in texts}


def assets(store: Store) -> dict[str, bytes]:
    folder = store.root.parent / "out" / "tower (2).assets"
    return {p.name: p.read_bytes() for p in folder.iterdir()} if folder.exists() else {}


def kept(store: Store, document: Document, reply: str = TITLE + PICTURE) -> PageResult:
    outcome = read(document, reply)
    store.keep_source(document.id, outcome.result, outcome.pictures, raw=outcome.raw)
    return store.accept(document.id, outcome.result)


def test_a_picture_is_what_the_page_shows_there() -> None:
    """The file opens as an image of the right pixels and density, in colour and in grey."""
    grey = replace(IMAGE, mode=ImageMode.GREY, pixels=bytes(range(256)) * 3 + bytes(32))

    for image, mode in ((IMAGE, "RGB"), (grey, "L")):
        whole = Image.frombytes(mode, (40, 20), image.pixels)
        picture = Image.open(io.BytesIO(figures.png(image, (10, 5, 30, 20))))
        assert (picture.mode, picture.size) == (mode, (20, 15))
        assert picture.tobytes() == whole.crop((10, 5, 30, 20)).tobytes()
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)
        page = Image.open(io.BytesIO(figures.png(image, packing=1)))
        assert (page.mode, page.size, page.tobytes()) == (mode, (40, 20), image.pixels)


@given(st.lists(st.integers(0, 999), min_size=4, max_size=4), st.integers(1, 90), st.integers(1, 9))
def test_a_box_always_has_a_pixel(edges: list[int], width: int, height: int) -> None:
    """On pages of any size it lies inside the page and is not empty."""
    image = replace(IMAGE, width=width, height=height, pixels=b"")
    box = (min(edges[0], edges[2]), min(edges[1::2]), max(edges[0], edges[2]), max(edges[1::2]))

    left, top, right, bottom = figures.in_pixels(box, 999, image)

    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


def test_the_whole_scale_is_the_whole_page() -> None:
    """999 is the far edge, not the pixel before it."""
    assert figures.in_pixels((0, 0, 999, 999), 999, IMAGE) == (0, 0, 40, 20)


def test_an_attempt_cuts_out_what_the_model_found(document: Document) -> None:
    """The result lists the figure, and its file comes along under its content's name."""
    outcome = read(document, TITLE + PICTURE)

    (figure,) = outcome.result.figures
    assert outcome.result.markdown == "# Tower\n\n![](p0007-1.png)"
    assert (figure.name, figure.box) == ("p0007-1.png", (10, 10, 31, 20))
    assert outcome.pictures == {figure.sha256: figures.png(IMAGE, figure.box)}
    assert outcome.raw == TITLE + PICTURE


def test_a_result_with_figures_crosses_a_process() -> None:
    """Names, boxes and content come back as they were."""
    figure = Figure(name="p0001-1.png", box=(1, 2, 3, 4), sha256="ab" * 32)
    result = PageResult(page=1, markdown="x", verdict=Verdict.GOOD, figures=(figure,))

    assert PageResult.from_wire(json.loads(json.dumps(result.to_wire()))) == result


def test_the_workspace_keeps_pictures_and_what_the_model_said(
    store: Store, document: Document
) -> None:
    """Both are there before the result is, and go when the page is forgotten."""
    result = kept(store, document)

    assert store.picture(document.id, 7, result.figures[0]) is not None
    (raw,) = store.root.rglob("000007.raw.txt")
    assert raw.read_text("utf-8") == TITLE + PICTURE
    assert store.settled_pages(document.id) == ({7}, set())

    store.forget_page(document.id, 7)
    assert store.picture(document.id, 7, result.figures[0]) is None
    assert not [*store.root.rglob("*.png"), *store.root.rglob("*.raw.txt")]


def test_figures_lie_beside_the_markdown(store: Store, document: Document) -> None:
    """The link is a URL that leads to the file, and the ledger lists the figure."""
    result = kept(store, document)

    files = written(store, document, [result])

    assert files["tower (2).md"] == "# Tower\n\n![](tower%20%282%29.assets/p0007-1.png)\n"
    assert assets(store) == {"p0007-1.png": figures.png(IMAGE, (10, 10, 31, 20))}
    (entry,) = json.loads(files["tower (2).json"])["pages"]
    assert entry["figures"] == [{"name": "p0007-1.png", "box": [10, 10, 31, 20]}]


def test_a_page_in_a_file_of_its_own_links_upwards(store: Store, document: Document) -> None:
    """Its folder lies beside that of the figures."""
    files = written(store, document, [kept(store, document)], split_pages=True)

    page = files["tower (2).pages/0007.md"]
    assert page == "# Tower\n\n![](../tower%20%282%29.assets/p0007-1.png)\n"


def test_figures_of_an_earlier_reading_are_removed(store: Store, document: Document) -> None:
    """What is ours goes, also what a killed writer left; a user's own file stays."""
    written(store, document, [kept(store, document)])
    folder = store.root.parent / "out" / "tower (2).assets"
    (folder / "mine.png").write_bytes(b"x")
    (folder / ".tmp-p0003-1.png-123-0a1b2c3d").write_bytes(b"x")

    text = PageResult(page=7, markdown="Text.", verdict=Verdict.GOOD)
    written(store, document, [text])

    assert set(assets(store)) == {"mine.png"}
    (folder / "mine.png").unlink()
    written(store, document, [text])
    assert not folder.exists()


def test_a_lost_picture_costs_its_link_only(store: Store, document: Document) -> None:
    """A file that somebody removed from the workspace does not hold up the document."""
    result = kept(store, document)
    for picture in store.root.rglob("*.png"):
        picture.unlink()

    files = written(store, document, [result])

    assert files["tower (2).md"] == "# Tower\n"
    assert assets(store) == {}


def test_a_removed_figure_is_written_again(store: Store, document: Document) -> None:
    """An output without one of its figures does not count as written."""
    written(store, document, [kept(store, document)])
    output = outputs.find(store, store.outputs_of(document.id)[0])
    assert output is not None
    assert outputs.is_written(store, output)

    (Path(output.assets_folder) / "p0007-1.png").unlink()

    assert not outputs.is_written(store, output)


def test_figures_come_with_a_document_that_was_read_without_a_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library returns the files under the names that the Markdown links to."""
    monkeypatch.setattr(factory, "create", lambda _: Seer(TITLE + PICTURE, name="tesseract"))

    converted = api.convert(write_pdf(tmp_path / "a.pdf", "Tower"), settings=Settings())

    assert converted.markdown == "# Tower\n\n![](p0001-1.png)\n"
    assert [name for name, file in converted.pictures.items() if file.startswith(b"\x89PNG")] == [
        "p0001-1.png"
    ]


def test_a_name_that_is_none_of_ours_is_not_written(store: Store, document: Document) -> None:
    """A tampered result writes no file outside of the figures' folder."""
    result = kept(store, document)
    bad = replace(result, figures=(replace(result.figures[0], name="../../evil.png"),))

    written(store, document, [bad])

    assert not list(store.root.parent.rglob("evil.png"))


@pytest.mark.parametrize(
    ("reading", "reply", "markdown"),
    [
        ({}, TITLE + NUMBER, "# Tower\n\n7"),
        ({}, TABLE, "| a | b |\n| --- | --- |"),
        ({"tables": "html"}, TABLE, "<table>\n<tr><td>a</td><td>b</td></tr>\n</table>"),
        ({"task": Task.TABLE}, f"Here: {TABLE}", "| a | b |\n| --- | --- |"),
        ({"task": Task.FORMULA}, "It is \\( x \\).", "x"),
    ],
)
def test_the_reading_decides_what_becomes_of_a_reply(
    reading: Mapping[str, object], reply: str, markdown: str
) -> None:
    """Headers, tables and tasks follow the document, whichever worker reads it."""
    said = Reply(text="", raw=reply, backend="b", model="m")
    asked = replace(READING, **reading)  # type: ignore[arg-type]

    assert replies.finished(said, reading=asked, page=1, image=IMAGE).text == markdown


def test_headers_are_marked_for_the_document_to_decide() -> None:
    """They stay in the page's text; of the version before, those that were asked for are kept."""
    said = Reply(text="", raw=TITLE + NUMBER, backend="b", model="m")
    now, before = (
        replies.finished(said, reading=reading, page=1, image=IMAGE)
        for reading in (READING, replace(READING, keep_headers=True))
    )

    assert now.margins == (Margin(block=1, place=Place.HEAD, sure=True),)
    assert (before.text, before.margins) == (now.text, ())


def test_a_reply_without_raw_text_stays_as_it_is() -> None:
    """What Tesseract read is Markdown already."""
    said = Reply(text="a <table>", backend="tesseract", model="m")

    assert replies.finished(said, reading=READING, page=1, image=IMAGE) is said


def test_new_ways_to_read_leave_old_documents_their_ids() -> None:
    """Only what differs from the default enters the identity, and it crosses a process."""
    asked = replace(READING, tables="html", keep_headers=True)

    assert set(READING.identity()) == {
        *("route", "engines", "task", "dpi", "max_side_px", "text_layer")
    }
    assert asked.identity() == {**READING.identity(), "tables": "html", "keep_headers": True}
    assert Reading.from_wire(json.loads(json.dumps(asked.to_wire()))) == asked
    assert Reading.from_wire(json.loads(json.dumps(READING.to_wire()))) == READING
