"""The client over real sockets: every way in which a good answer may arrive."""

import json
from itertools import pairwise

import pytest

from tests.support import fault_server as fs
from tests.support.fault_server import DONE, Answer, Move, chunked, said, used
from tests.support.remote import COST, FIRST, GOOD, TEXT, Runs

GOOD_ANSWERS = {
    "streamed": GOOD,
    "in one piece": fs.as_json(200, fs.whole()),
    "after blank lines": fs.plain(200, b"\n \r\n" * 50 + fs.as_json(200, fs.whole()).moves[1]),  # type: ignore[operator]
    "in pieces of one byte": chunked(
        *(bytes([byte]) for byte in said(TEXT) + said("", "stop") + used() + DONE)
    ),
    "dripping": chunked(said(TEXT), Move.DRIP, said("", "stop"), Move.DRIP, used(), DONE),
    "without [DONE]": chunked(said(TEXT), said("", "stop"), used()),
    "without an empty line at its end": chunked(said(TEXT), said("", "stop"), used().rstrip()),
    "closed once it had ended": chunked(said(TEXT), said(None, "stop"), used(), Move.CLOSE),
    "with comments, other fields and CRLF": chunked(
        b": hello\r\n\r\nevent: x\r\nid: 3\r\nretry: 9\r\n",
        (said(TEXT) + said("", "stop") + used() + DONE).replace(b"\n", b"\r\n"),
    ),
    "with data on several lines": chunked(
        b'data: {"choices": [{"delta":\ndata: {"content": "# A page\\n\\nof text."},\n'
        b'data: "finish_reason": "stop"}]}\n\n',
        used(),
        DONE,
    ),
    "behind a byte order mark": chunked(
        b"\xef\xbb\xbf" + said(TEXT) + said("", "stop") + used() + DONE
    ),
    "in one piece, behind a byte order mark": fs.plain(
        200, b"\xef\xbb\xbf" + json.dumps(fs.whole()).encode()
    ),
    "as the wrong kind": fs.plain(
        200, said(TEXT) + said("", "stop") + used() + DONE, content_type="text/html"
    ),
    "as parts": fs.as_json(
        200, fs.whole(None, message={"content": [{"type": "text", "text": TEXT}]})
    ),
    "with a fence and a greeting": fs.page(
        f"Here is the transcription:\n\n```markdown\n{TEXT}\n```\n\n"
        "Let me know if you need anything else!"
    ),
}


@pytest.mark.parametrize("answer", GOOD_ANSWERS.values(), ids=GOOD_ANSWERS)
def test_a_page_is_read_however_it_arrives(run: Runs, answer: Answer) -> None:
    """One request, settled with what the service says that it cost."""
    here = run(answer)
    reply = here.read()

    assert (reply.text, reply.model, reply.finish_reason) == (TEXT, FIRST, "stop")
    assert (reply.tokens, reply.prompt_tokens, reply.cost_usd) == (100, 1000, 0.0012)
    assert here.gate.settled == [COST]
    assert here.gate.good == [FIRST]
    assert not here.naps


def test_letters_may_be_cut_anywhere(run: Runs) -> None:
    """UTF-8 split between two reads, on the wire, is whole again."""
    wire = 'data: {"choices": [{"delta": {"content": "Grüße – 東京 🐦"}}]}\n\n'.encode()
    pieces = [wire[a:b] for a, b in pairwise(range(0, len(wire) + 3, 3))]
    here = run(chunked(*pieces, said("", "stop"), used(), DONE))

    assert here.read().text == "Grüße – 東京 🐦"
