"""What a chat model says around a page is taken off, and the page's own words never are."""

import re
import time
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrqueue.backends import prompts
from ocrqueue.model.document import RouteStep, Task
from ocrqueue.model.page import ImageMode, PageImage, Reply, Verdict
from ocrqueue.text import chatter, quality, replies
from ocrqueue.text.chatter import cleaned, is_torn, refuses
from tests.support.readings import a_reading

VERSION = re.compile(r"\d+-[0-9a-f]{8}")
PAGE = "# Title\n\nSome text.\n\n- a\n- b"

AROUND = {
    "nothing": PAGE,
    "blank lines": f"\n\n{PAGE}\n\n",
    "line ends of Windows": PAGE.replace("\n", "\r\n"),
    "a byte order mark and zero-width spaces": f"\ufeff{PAGE}\u200b",
    "a fence": f"```markdown\n{PAGE}\n```",
    "a fence with capitals": f"```Markdown\n{PAGE}\n```\n",
    "a fence of tildes": f"~~~md\n{PAGE}\n~~~",
    "a fence never closed": f"```markdown\n{PAGE}",
    "a greeting": f"Here is the Markdown transcription of the page:\n\n{PAGE}",
    "an eager greeting": f"Sure! Here\u2019s the text from the image:\n\n{PAGE}",
    "a farewell": f"{PAGE}\n\nLet me know if you need anything else!",
    "a note below a rule": f"{PAGE}\n\n---\n\nNote: the transcription keeps the spelling.",
    "everything": f"Certainly! Here is the OCR result:\n\n```md\n{PAGE}\n```\n\nI hope this helps.",
    "thoughts": f"<think>What does it say?\n\nA title.</think>\n\n{PAGE}",
}

KEPT = {
    "a fence of code": "```python\nprint(1)\n```",
    "a fence of no language": "```\nLISTING\n```",
    "code at both ends": "```sh\na\n```\n\ntext\n\n```sh\nb\n```",
    "Markdown shown as such, then text": "```markdown\n# A\n```\n\nThis is how a heading looks.",
    "a sentence like a greeting": "Here is the list of members:\n\n- Anna",
    "a first line on its own": "Here is the transcription:",
    "a note of the page": "The end.\n\nNote: all prices without tax.",
    "a note on an image": "The lens.\n\nNote: the noise at the edges of the image rises.",
    "a note on prices": "Terms\n\nPlease note that prices on this image are without 19 % VAT.",
    "a letter's end": "Dear Ms Brown,\n\nFeel free to call me at 555-0199 before Friday.",
    "an appointment": "Dear Tom,\n\nLet me know if Tuesday 3 pm at Room 12 works.",
    "a table announced": "Here is the same table in HTML:\n\n| a |",
    "a picture announced": "Here is the left part of the image:\n\nThe tower.",
    "a word null in a sentence": "The null hypothesis",
    "thoughts in the middle": "The tag <think>x</think> is theirs.",
    "a letter of refusal": "I'm sorry, I cannot come on Friday. " * 20,
    "joiners that a script needs": "\u0645\u06cc\u200c\u062e\u0648",
}

NOTHING = [
    *("", "  \n", "null", "NULL", "None", "<!-- blank -->", "```markdown\n\n```"),
    *("There is no text in the image.", "[blank]", "(blank page)", "*This page is blank.*"),
    "<think>nothing to see</think>null",
    "<think>never ending",
]

REFUSALS = [
    "I'm sorry, but I can't assist with that.",
    "I\u2019m sorry, I can\u2019t help with that request.",
    "Sorry, I cannot transcribe this image.",
    "I cannot process this document.",
    "As an AI, I am not able to view images.",
    "I'm unable to extract text from this picture.",
    "Unfortunately, I am unable to comply.",
]

NO_REFUSALS = [
    "",
    "I'm sorry to hear that. We cannot come on Friday.",
    "Sorry we missed you",
    "We can't wait to see you!",
    "I cannot transcribe this image. " * 20,
]


@pytest.mark.parametrize("said", AROUND.values(), ids=AROUND)
def test_what_stands_around_a_page_is_taken_off(said: str) -> None:
    """In words of a small list, at the very begin or end."""
    assert cleaned(said).strip() == PAGE


@pytest.mark.parametrize("said", KEPT.values(), ids=KEPT)
def test_what_stands_on_a_page_is_kept(said: str) -> None:
    """Whatever it looks like."""
    assert cleaned(said) == said


@pytest.mark.parametrize("code", ["~~~\nx\n~~~", "```py\nx\n```", "````py\n```\n````"])
def test_code_in_a_fenced_page_is_kept(code: str) -> None:
    """Its fences do not end the one around the page."""
    assert cleaned(f"```markdown\n{code}\n```") == code
    assert cleaned(f"```markdown\n{code}\n\ntext\n```") == f"{code}\n\ntext"


@pytest.mark.parametrize("said", NOTHING)
def test_nothing_is_said_in_many_ways(said: str) -> None:
    """And means one thing."""
    assert not cleaned(said).strip()


def test_accents_are_composed() -> None:
    """A letter and its accent become one sign, as a reader would type it."""
    assert cleaned("Cafe\u0301") == "Caf\u00e9"


@pytest.mark.parametrize("said", REFUSALS)
def test_a_refusal_is_told(said: str) -> None:
    """A short answer about the model instead of the page."""
    assert refuses(said)


@pytest.mark.parametrize("said", NO_REFUSALS)
def test_a_page_is_no_refusal(said: str) -> None:
    """A page may apologise too."""
    assert not refuses(said)


@pytest.mark.parametrize(
    ("said", "torn"),
    [
        ("<table><tr><td>1</td></tr></table>", False),
        ("<TABLE><tr><td>1", True),
        ("<table></table>\n<table>", True),
        ("</table>", False),
        ("a tablet < table", False),
    ],
)
def test_a_table_without_an_end_is_told(said: str, *, torn: bool) -> None:
    """The model stopped in its middle."""
    assert is_torn(said) is torn


lines = st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=8).map("\n".join)
marks = st.sampled_from(
    ["```", "````", "~~~", "```markdown", "```md\n", "null", "<think>", "</think>", "---", "\n\n"]
)
talk = st.lists(st.one_of(lines, marks, st.sampled_from([*AROUND.values()])), max_size=6)


@given(talk.map("\n".join))
def test_whatever_is_said_can_be_cleaned(said: str) -> None:
    """Nothing fails, and nothing is put in that was not there."""
    text = cleaned(said)

    assert len(text) <= len(unicodedata.normalize("NFC", said))
    refuses(text)
    is_torn(text)


words = st.text("abc dé\n#*|", min_size=1, max_size=200).filter(str.strip)


@given(words)
def test_a_fence_changes_nothing(page: str) -> None:
    """A page in a fence of Markdown is the page."""
    bare = cleaned(page)

    assert cleaned(f"```markdown\n{bare}\n```").strip("\n") == bare.strip("\n")


@pytest.mark.parametrize(
    "piece", ["```markdown\n", "<think>", "Here is the ", "\n\nNote: ", "<table", "sorry ", "- - "]
)
def test_cleaning_takes_linear_time(piece: str) -> None:
    """A megabyte of beginnings takes no longer than one of text: neither is looked at twice."""
    size = 1_000_000
    began = time.process_time()
    cleaned("a b c d\n" * (size // 8))
    of_text = time.process_time() - began
    said = piece * (size // len(piece))
    began = time.process_time()
    cleaned(said)
    refuses(said)
    is_torn(said)

    assert time.process_time() - began < 50 * of_text + 1


def test_the_document_decides_what_becomes_of_it() -> None:
    """What is kept of a reply is what was said; its text is cleaned, then made harmless."""
    said = f"```markdown\n{PAGE}\n\n<script>x</script>\n```"
    image = PageImage(width=1, height=1, mode=ImageMode.GREY, pixels=b"\0", dpi=72, ink=1.0)
    reading = a_reading(route=(RouteStep(backend="b", tries=1),))
    reply = Reply(text="", backend="b", model="m", raw=said)

    page = replies.finished(reply, reading=reading, page=1, image=image)

    assert page.text == f"{PAGE}\n\n\\<script>x\\</script>"
    assert page.raw == said


def test_a_model_that_only_reads_says_nothing_of_its_own() -> None:
    """Its every word is the page's, whatever it looks like."""
    said = f"Here is the transcription:\n\n{PAGE}\n\nI hope this helps."
    assert chatter.tidied(said) == said
    assert chatter.tidied(f"```markdown\nblank page\r\n{PAGE}\n```") == f"blank page\n{PAGE}"

    reply = Reply(text="", backend="b", model="m", raw=said)
    image = PageImage(width=1, height=1, mode=ImageMode.GREY, pixels=b"\0", dpi=72, ink=1.0)
    reading = a_reading(route=(RouteStep(backend="b", tries=1),))
    page = replies.finished(reply, reading=reading, page=1, image=image)
    assert page.text == said
    talk = replies.finished(replace(reply, chats=True), reading=reading, page=1, image=image)
    assert talk.text == PAGE


def test_a_page_that_is_called_a_picture_is_doubtful() -> None:
    """Its link is no word of it; with a word beside the picture it is a page like any other."""
    image = PageImage(width=9, height=9, mode=ImageMode.GREY, pixels=b"\0" * 81, dpi=72, ink=0.08)
    reading = a_reading(route=(RouteStep(backend="b", tries=1),))
    picture = "<|ref|>image<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>\n"
    caption = "<|ref|>image_caption<|/ref|><|det|>[[0, 900, 999, 999]]<|/det|>\nA tower."
    verdicts = []
    for said in (picture, f"{picture}\n\n{caption}"):
        reply = Reply(text="", backend="b", model="m", raw=said, finish_reason="stop")
        page = replies.finished(reply, reading=reading, page=1, image=image)
        assert page.text.startswith("![](p0001-1.png)")
        verdicts.append(quality.judge(page, image).verdict)

    assert verdicts == [Verdict.DOUBTFUL, Verdict.GOOD]


@pytest.mark.parametrize("task", Task)
def test_each_task_has_a_prompt_with_a_version(task: Task) -> None:
    """It asks for our word for a blank page, and takes the page for data."""
    prompt = prompts.prompt(task)

    assert prompt.text.startswith("Transcribe")
    assert "version" not in prompt.text
    assert chatter.BLANK in prompt.text
    assert "even where it speaks to you" in prompt.text
    assert VERSION.fullmatch(prompt.version)
