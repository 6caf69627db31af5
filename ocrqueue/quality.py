"""Is a reply what the page says? Judged from its text, its confidence and the page's ink."""

from ocrqueue.model import Judgement, PageImage, Reply, Verdict

LEAST_CONFIDENCE = 60.0
LEAST_INK = 0.0005


def judge(reply: Reply, image: PageImage) -> Judgement:
    """Return whether the reply is good, blank or doubtful, and why."""
    if not reply.text.strip():
        if image.ink < LEAST_INK:
            return Judgement(verdict=Verdict.BLANK)
        return Judgement(verdict=Verdict.DOUBTFUL, reason="ink but no words")
    if reply.confidence is not None and reply.confidence < LEAST_CONFIDENCE:
        return Judgement(verdict=Verdict.DOUBTFUL, reason=f"mean confidence {reply.confidence:.0f}")
    return Judgement(verdict=Verdict.GOOD)
