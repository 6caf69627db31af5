"""The review: what it shows first, what it lets a person do, and whom it lets in."""

import errno
from concurrent.futures import Future
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ocrqueue.model import page as model
from ocrqueue.model.page import PageResult, Verdict
from ocrqueue.web.review import A_LIST, LOOKING
from tests.support.desk import make_desk
from tests.support.onlookers import ADMISSION
from tests.support.reviewing import Reviewer, make_reviewer
from tests.support.servers import wait_until

ABROAD = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def reviewer(tmp_path: Path) -> Reviewer:
    """The reviewer of two documents: of a.pdf page 2 failed, b.pdf is sound."""
    desk = make_desk(tmp_path)
    desk.put("a.pdf", "1\n2\n3\n")
    desk.feed.failing = {2}
    desk.convert()
    desk.feed.failing = set()
    desk.put("b.pdf", "4\n5\n")
    desk.convert()
    return make_reviewer(desk)


def doubtful(page: int = 3, **said: Any) -> PageResult:
    return PageResult(
        **{
            "page": page,
            "markdown": "some words",
            "backend": "b",
            "verdict": Verdict.DOUBTFUL,
            "reason": "few words",
            **said,
        }
    )


# What is shown


def test_the_most_urgent_pages_come_first(reviewer: Reviewer) -> None:
    """Failed, disagreed, doubtful, unwitnessed, each with its reason; no sound page is listed."""
    told = model.Testimony(by="x", doubt="9 words are missing")
    reviewer.settle("a.pdf", doubtful(3))
    reviewer.settle("b.pdf", doubtful(1, reason="9 words are missing", witness=told))
    unseen = model.Testimony(unwitnessed="nobody was there")
    reviewer.settle("b.pdf", doubtful(2, verdict=Verdict.GOOD, reason="", witness=unseen))

    shown = reviewer.text("/review/")

    order = ["no", "9 words are missing", "few words", "nobody was there"]
    places = [shown.index(f'<td class="free">{reason}</td>') for reason in order]
    assert places == sorted(places)
    assert "4 pages to look at" in shown
    assert shown.count("<tr><td>") == 4
    assert reviewer.text("/review/?why=disagreed").count("<tr><td>") == 1


def test_a_page_shows_its_image_its_text_and_its_source(reviewer: Reviewer) -> None:
    """The text as it will look, as it is written, and in a field to be changed."""
    reviewer.settle("a.pdf", doubtful(3, markdown="# Head\n\n1 < 2"))
    address = reviewer.address("a.pdf", 3)

    shown = reviewer.text(address)
    image = reviewer.browser.get(f"{address}/sheet.png")

    assert "<h1>Head</h1>" in shown
    assert "<pre># Head\n\n1 &lt; 2</pre>" in shown
    assert "\n# Head\n\n1 &lt; 2</textarea>" in shown
    assert (image.mimetype, image.data[:4]) == ("image/png", b"\x89PNG")
    assert f'src="{address}/sheet.png"' in shown


def test_doubted_words_are_marked_in_text_and_source(reviewer: Reviewer) -> None:
    """Words that only the page has are told beside the text."""
    said = {"reason": "2 words", "markdown": "all *of my* words"}
    told = model.Testimony(by="x", doubt="2 words", words="of my")
    reviewer.settle("a.pdf", doubtful(3, **said, witness=told))
    other = model.Testimony(by="x", doubt="2 words", words="gone <b>")
    reviewer.settle("b.pdf", doubtful(1, **said, witness=other))

    marked = "<mark>of</mark> <mark>my</mark>"
    shown = reviewer.text(reviewer.address("a.pdf", 3))
    assert f"<em>{marked}</em>" in shown
    assert f"all *{marked}* words" in shown
    assert "On the page, and not in the text: <mark>gone &lt;b&gt;</mark>" in reviewer.text(
        reviewer.address("b.pdf", 1)
    )


def test_a_long_list_is_shown_in_parts(tmp_path: Path) -> None:
    """So that the first part is there at once, however many pages there are."""
    desk = make_desk(tmp_path)
    desk.put("a.pdf", "\n".join(map(str, range(A_LIST + 5))))
    desk.feed.failing = {*range(1, A_LIST + 6)}
    desk.convert()
    reviewer = make_reviewer(desk)

    counts = [reviewer.text(f"/review/?part={n}").count("<tr><td>") for n in (0, 1, 9, -3)]

    assert counts == [A_LIST, 5, 5, A_LIST]
    assert f"{A_LIST + 5} pages to look at" in reviewer.text("/review/")


def test_documents_are_listed_with_their_progress(reviewer: Reviewer) -> None:
    """Also those that could not be read, and those that nobody has read yet."""
    reviewer.desk.put("broken.pdf", "damaged")
    reviewer.desk.convert()
    reviewer.desk.put("new.pdf", "7\n8\n")
    reviewer.desk.enqueue()
    reviewer.reviewed.index.look_again()

    shown = reviewer.text("/review/documents")

    assert "4 documents" in shown
    assert "it is damaged" in shown
    assert "<title>2 unread</title>" in shown
    assert reviewer.text("/review/documents?name=BRO").count("<tr><td>") == 1
    assert ">1 document</a> could not be read at all" in reviewer.text("/review/")
    assert reviewer.text("/review/documents?lost=1").count("<tr><td>") == 1


def test_what_is_not_looked_at_yet_is_told(reviewer: Reviewer) -> None:
    """A list that is not whole says so, and comes again by itself; no list is called empty."""
    whole = reviewer.text("/review/documents")
    reviewer.reviewed.index.unseen = 7

    assert "still to be looked at" not in whole
    assert "refresh" not in whole
    for address in ("/review/documents", "/review/", "/review/?why=disagreed"):
        shown = reviewer.text(address)
        assert "So far: 7 documents still to be looked at" in shown
        assert '<meta http-equiv="refresh" content="2">' in shown
        assert "has passed its checks" not in shown


def test_pages_that_nobody_has_read_are_there(reviewer: Reviewer) -> None:
    """Of a document that is not finished each page can be turned to."""
    reviewer.desk.put("new.pdf", "7\n8\n9\n")
    reviewer.desk.enqueue()
    reviewer.reviewed.index.look_again()
    address = reviewer.address("new.pdf")

    assert reviewer.text(address).count('<i class="tag unread">') == 4  # three pages and the count
    shown = reviewer.text(f"{address}2")
    assert f'rel="prev" data-key="p" href="{address}1"' in shown
    assert f'rel="next" data-key="n" href="{address}3"' in shown
    assert "next <kbd>n</kbd>" in reviewer.text(f"{address}3")  # the first page to look at


def test_what_is_not_there_is_said(reviewer: Reviewer) -> None:
    """No document, page or figure of that name: no fault, no file."""
    base = reviewer.address("a.pdf")
    for address in ("/review/none/", "/review/none/1", f"{base}9", f"{base}1/figures/p0001-1.png"):
        assert reviewer.browser.get(address).status_code in {404, 409}, address


def test_half_a_sign_hides_no_page(reviewer: Reviewer) -> None:
    """A text that is no Unicode is shown all the same."""
    reviewer.settle("a.pdf", doubtful(3, markdown="a \udc80 b"))

    assert "a ? b</textarea>" in reviewer.text(reviewer.address("a.pdf", 3))


def test_a_name_is_no_option_of_the_command_that_is_shown(reviewer: Reviewer) -> None:
    """Who copies the command runs what it says, whatever the file is called."""
    reviewer.desk.put("--config=scan.pdf", "1\n2\n")
    reviewer.desk.convert()
    reviewer.settle("--config=scan.pdf", doubtful(1))

    shown = unescape(reviewer.text(reviewer.address("--config=scan.pdf", 1)))

    assert "--backend deepseek-mlx -- --config=scan.pdf</code>" in shown
    assert "retry -o " in shown


# What a person does


def test_an_accepted_page_is_not_asked_about_again(reviewer: Reviewer) -> None:
    """It leads to the next page to look at."""
    reviewer.settle("b.pdf", doubtful(1))

    answer = reviewer.act("b.pdf", 1, "accept")

    assert answer.status_code == 303
    assert "1 page to look at" in reviewer.text("/review/")
    assert "good, by a person" in reviewer.text(reviewer.address("b.pdf", 1))


def test_a_corrected_page_is_in_the_markdown_at_once(reviewer: Reviewer) -> None:
    """So is what was read, when that is taken back."""
    reviewer.act("a.pdf", 2, "correct", text="# By hand")
    assert "# By hand" in reviewer.desk.text("a")

    reviewer.act("a.pdf", 2, "withdraw")
    assert "# By hand" not in reviewer.desk.text("a")
    assert "1 page to look at" in reviewer.text("/review/")


def test_a_page_that_changed_meanwhile_is_not_overwritten(reviewer: Reviewer) -> None:
    """Who looked at an older text is told, and his word counts for nothing."""
    answer = reviewer.browser.post(
        f"{reviewer.address('a.pdf', 1)}/correct", data={"seen": "other", "text": "late"}
    )

    assert answer.status_code == 409
    assert "says something else by now" in answer.text
    assert "late" not in reviewer.desk.text("a")


def test_what_was_typed_is_not_lost_with_a_conflict(reviewer: Reviewer) -> None:
    """It is shown as it was posted, and is no markup."""
    answer = reviewer.browser.post(
        f"{reviewer.address('a.pdf', 1)}/correct",
        data={"seen": "other", "text": "typed </textarea><b>\n\udc80".encode("utf-8", "replace")},
    )

    assert answer.status_code == 409
    assert "typed &lt;/textarea&gt;&lt;b&gt;\n?</textarea>" in answer.text


def test_what_was_typed_is_not_lost_on_a_full_disk(
    reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The problem is told, and what can be done, beside the text."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ocrqueue.workspace.corrections.keep", full)
    answer = reviewer.act("a.pdf", 1, "correct", text="typed")

    assert answer.status_code == 500
    assert "No space left" in answer.text
    assert "Make room" in answer.text
    assert "typed</textarea>" in answer.text


def test_no_page_goes_away_under_the_hands(
    reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is read again is looked at again by its script, which knows who is writing."""
    done: Future[PageResult] = Future()
    monkeypatch.setattr(reviewer.reviewed, "_reads", SimpleNamespace(submit=lambda *_, **__: done))
    reviewer.act("a.pdf", 2, "again", backend="scripted")

    shown = reviewer.text(reviewer.address("a.pdf", 2))

    assert "data-refresh>Look whether it is done" in shown
    assert 'http-equiv="refresh"' not in shown


def test_other_readings_can_be_taken(reviewer: Reviewer) -> None:
    """A doubtful reading of another backend is kept: it is shown, and becomes the text."""
    store, document = reviewer.desk.store, reviewer.document("a.pdf")
    store.keep(document.id, doubtful(2, markdown="a <better> reading"))

    assert "Read by b: few words" in reviewer.text(reviewer.address("a.pdf", 2))
    reviewer.act("a.pdf", 2, "correct", text="a <better> reading")

    assert "a <better> reading" in unescape(reviewer.text(reviewer.address("a.pdf", 2)))
    assert reviewer.document("a.pdf").id == document.id


def test_a_page_is_read_again_with_another_backend(reviewer: Reviewer) -> None:
    """What it says is shown to be chosen; nothing changes by itself."""
    before = reviewer.desk.text("a")

    assert reviewer.act("a.pdf", 2, "again", backend="scripted").status_code == 303
    address = reviewer.address("a.pdf", 2)
    wait_until(lambda: "being read again" not in reviewer.text(address), "it was read")

    assert "scripted text of page 2" in reviewer.text(address)
    assert reviewer.desk.text("a") == before
    assert reviewer.act("a.pdf", 2, "again", backend="openrouter").status_code == 409


# Whom it lets in, and what it opens


def test_a_file_that_no_command_named_is_not_opened(
    reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace that somebody sent shows no file of the user, and has none read."""
    monkeypatch.setattr("ocrqueue.workspace.confirmation.is_right", lambda *_, **__: False)

    answer = reviewer.browser.get(f"{reviewer.address('a.pdf', 1)}/sheet.png")

    assert answer.status_code == 409
    assert "no command of yours named" in answer.text
    assert reviewer.act("a.pdf", 1, "again", backend="scripted").status_code == 409
    assert reviewer.paper.drawn == []


def test_a_file_that_was_changed_is_not_shown(reviewer: Reviewer) -> None:
    """An image beside a text that was never read from it would look right."""
    (reviewer.desk.folder / "in" / "a.pdf").write_text("another one")

    answer = reviewer.browser.get(f"{reviewer.address('a.pdf', 1)}/sheet.png")

    assert (answer.status_code, reviewer.paper.drawn) == (409, [])


def test_nobody_else_is_let_in(reviewer: Reviewer) -> None:
    """Without token or cookie, and under a foreign name, no address answers."""
    app = reviewer.browser.application
    addresses = ["/", "/review/", reviewer.address("a.pdf", 1), "/review/static/review.js"]
    foreign = {"Host": "evil.example", "Cookie": f"{ADMISSION.cookie}={ADMISSION.mark}"}

    for address in addresses:
        assert app.test_client().get(address).status_code == 403
        misled = app.test_client(use_cookies=False)
        assert misled.get(address, headers=foreign).status_code == 403


def test_no_other_web_page_changes_anything(reviewer: Reviewer) -> None:
    """What changes something takes a POST, from a page of ours."""
    rules = [
        r for r in reviewer.browser.application.url_map.iter_rules() if r.endpoint not in LOOKING
    ]
    base = reviewer.address("a.pdf", 1)

    assert {r.endpoint for r in rules} == {
        f"review.{act}" for act in ("accept", "correct", "withdraw", "again")
    }
    for rule in rules:
        act = rule.endpoint.removeprefix("review.")
        assert reviewer.browser.get(f"{base}/{act}").status_code == 405
        assert reviewer.browser.post(f"{base}/{act}", headers=ABROAD).status_code == 403


def test_text_of_a_page_is_text(reviewer: Reviewer) -> None:
    """Markup of a page, its reason or its words is shown, and no script of it would run."""
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://evil.example/y.png)"
    told = model.Testimony(by=evil, doubt=evil, words=evil, agreed=0.5)
    reviewer.settle("a.pdf", doubtful(3, markdown=evil, reason=evil, backend=evil, witness=told))

    answer = reviewer.browser.get(reviewer.address("a.pdf", 3))

    assert answer.text.count("<script") == 1  # ours
    assert 'href="javascript' not in answer.text
    assert answer.text.count("<img") == 1
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
