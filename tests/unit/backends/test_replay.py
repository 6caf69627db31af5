"""Facts about a model's replies that are read again from a folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ocrqueue.api import convert
from ocrqueue.backends import replay
from ocrqueue.model.errors.page import BackendUnavailable, ReplyHopeless
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.settings.engines import ReplaySettings
from ocrqueue.settings.load import load as load_settings
from tests.support.pdfs import write_pdf

IMAGE = PageImage(width=1, height=1, mode=ImageMode.RGB, pixels=b"   ", dpi=72, ink=0.1)
SAID = "<|ref|>title<|/ref|><|det|>[[10, 10, 900, 60]]<|/det|>\n# March\n"


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., str | None]:
    """Return what is said of a page of a document whose replies are these files."""

    def ask(files: dict[str, str], source: str, *, page: int = 1, pages: int = 3) -> str | None:
        for name, text in files.items():
            path = tmp_path / "replies" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        backend = replay.create(ReplaySettings(replies=tmp_path / "replies"))
        backend.of_document(Path(source), pages)
        return backend.page_to_markdown(IMAGE, deadline=0.0, page=page).raw

    return ask


@pytest.mark.parametrize(
    "name",
    ["march/0002.md", "march.pdf/0002.md", "letters/march/0002.md", "in/letters/march/0002.md"],
)
def test_a_page_is_found_by_its_documents_name(said: Callable[..., str | None], name: str) -> None:
    """A page is found by its documents name."""
    assert said({name: "two"}, "/home/me/in/letters/march.pdf", page=2) == "two"


def test_the_longest_name_wins(said: Callable[..., str | None]) -> None:
    """The longest name wins."""
    files = {"march/0001.md": "any", "letters/march/0001.md": "this"}
    assert said(files, "/in/letters/march.pdf") == "this"


def test_a_document_of_one_page_may_have_one_file(said: Callable[..., str | None]) -> None:
    """A document of one page may have one file."""
    assert said({"letters/march.md": "one"}, "/in/letters/march.pdf", pages=1) == "one"
    with pytest.raises(ReplyHopeless, match="there is no reply to page 1 "):
        said({}, "/in/letters/march.pdf", pages=2)


def test_a_reply_that_is_no_text_is_told(said: Callable[..., str | None], tmp_path: Path) -> None:
    """A reply that is no text is told."""
    (tmp_path / "replies" / "march").mkdir(parents=True)
    (tmp_path / "replies" / "march" / "0001.md").write_bytes(b"caf\xe9")
    with pytest.raises(ReplyHopeless, match="is no text in UTF-8"):
        said({}, "/in/march.pdf")


def test_no_link_is_followed_out(said: Callable[..., str | None], tmp_path: Path) -> None:
    """No link is followed out."""
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "replies" / "march").mkdir(parents=True)
    (tmp_path / "replies" / "march" / "0001.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(ReplyHopeless, match="cannot be read"):
        said({}, "/in/march.pdf")


def test_without_a_folder_the_remedy_is_named() -> None:
    """Without a folder the remedy is named."""
    assert replay.check(ReplaySettings()) == [
        "replay needs the folder of the replies: --replies DIR"
    ]
    with pytest.raises(BackendUnavailable):
        replay.create(ReplaySettings()).page_to_markdown(IMAGE, deadline=0.0, page=1)


def test_a_document_becomes_what_a_model_said_of_it(tmp_path: Path) -> None:
    """One page was read, the other one was cut off in the middle of a tag."""
    source = write_pdf(tmp_path / "march.pdf", "March", "April")
    (tmp_path / "said" / "march").mkdir(parents=True)
    (tmp_path / "said" / "march" / "0001.md").write_text(SAID)
    (tmp_path / "said" / "march" / "0002.md").write_text(SAID + "<|ref|>text<|/ref|><|det|>[[1, ")
    flags = {"reading.route": "replay", "backends.replay.replies": str(tmp_path / "said")}
    done = convert(source, settings=load_settings(None, {}, flags))
    assert done.markdown is not None
    assert done.markdown.startswith("# March\n\n> **[page 2 could not be read: ")
    first, second = done.ledger.results
    assert (first["backend"], first["state"]) == ("replay", "done")
    assert "the rest of the page is missing" in second["message"]
