"""What is counted of the pages that settle, for who watches a queue: the fields of one hash.

They are counted by the script that settles a page, so that no kill loses or doubles one. All names
are of a closed list: no file, no document and no text of others is in them.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from itertools import product

from ocrqueue.broker import keys, unpacking
from ocrqueue.broker.connection import Client
from ocrqueue.model.finding import Concern, concern_of
from ocrqueue.model.gate import MICRO
from ocrqueue.model.page import PERSON, TEXT_LAYER, Attempt, PageResult, Verdict
from ocrqueue.settings.engines import COME_ALONG

OTHER = "other"  # stands for all names that are none of these
NAMES = (*COME_ALONG, TEXT_LAYER, PERSON, OTHER)
VERDICTS = (
    str(Verdict.GOOD),
    str(Verdict.BLANK),
    str(Concern.DISAGREED),
    str(Concern.DOUBTFUL),
    str(Concern.UNWITNESSED),
    str(Concern.FAILED),
)
PURPOSES = ("read", "check")
BOUNDS_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
BOUNDS = (*map(str, BOUNDS_S), "+Inf")
LONGEST_S = 86400.0  # no attempt takes longer: a result that says so was written by somebody else
DEAREST_USD = 1000.0  # no attempt costs more


def pages(backend: str, verdict: str) -> str:
    """Return the field that counts settled pages by who has read what counts, and how well."""
    return f"pages {backend} {verdict}"


def took(backend: str, purpose: str, bound: str) -> str:
    """Return the field that counts attempts of at most so many seconds, more than the bound before.

    With the bound `ms` it has the milliseconds of all of them.
    """
    return f"took {backend} {purpose} {bound}"


def cost(backend: str) -> str:
    """Return the field that has what attempts cost at most, in micro-USD."""
    return f"cost {backend}"


HOOKS = ("told", "failed", "given up", "dropped")  # fields: hooks told, ...
FIELDS = (
    *(f"hooks {outcome}" for outcome in HOOKS),
    *(pages(*names) for names in product(NAMES, VERDICTS)),
    *(took(*names) for names in product(NAMES, PURPOSES, (*BOUNDS, "ms"))),
    *map(cost, NAMES),
)


def known(name: str) -> str:
    """Return the name, or what stands for all that are none of ours."""
    return name if name in NAMES else OTHER


def of(result: PageResult) -> dict[str, int]:
    """Return what a page adds to which field when it settles."""
    concern, _ = concern_of(result)
    verdict = str(concern or result.verdict or Verdict.GOOD)
    found = Counter({pages(known(result.backend), verdict): 1})
    for attempt in result.attempts:
        if attempt.backend and attempt.counts:
            found.update(_time_of(attempt))
        if attempt.cost_usd is not None and 0 < attempt.cost_usd <= DEAREST_USD:
            found[cost(known(attempt.backend))] += round(attempt.cost_usd * MICRO)
    return dict(found)


def read(client: Client) -> Mapping[str, int]:
    """Return what was counted so far, by field."""
    values = client.hmget(keys.counts(), FIELDS)
    return {name: unpacking.number(value) for name, value in zip(FIELDS, values, strict=True)}


def _time_of(attempt: Attempt) -> dict[str, int]:
    backend, purpose = known(attempt.backend), PURPOSES[attempt.checks]
    seconds = attempt.seconds if 0 <= attempt.seconds <= LONGEST_S else 0.0
    bound = BOUNDS[bisect_left(BOUNDS_S, seconds)]
    return {
        took(backend, purpose, bound): 1,
        took(backend, purpose, "ms"): round(seconds * 1000),
    }
