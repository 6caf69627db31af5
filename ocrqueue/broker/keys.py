"""Names in Redis: the whole data model, beside RQ's own keys.

W is 8 hexadecimal characters of the workspace's id, or of its path where it has none; D is W, a
dash and the document's id. Page 17's job is D-p17, the collector's job is D-collect; a page is in
at most one of pending, done, failed. Q is a queue, P a pool, R a run, N a worker. RQ's names:
rq:queue:Q, rq:queue:Q:intermediate, rq:wip:Q, rq:failed:Q, rq:job:J.
"""

import os
import re
import socket
from dataclasses import dataclass

from ocrqueue.model.address import Address

COLLECT_QUEUE = "collect"
# The names in a job are those of the first version, so that a batch outlives an update ...
READ_PAGE = "ocrqueue.jobs.read_page"
COLLECT_DOCUMENT = "ocrqueue.jobs.collect_document"
CALLABLES = {  # ... and this is where the functions are; nothing else is ever called
    READ_PAGE: "ocrqueue.pipeline.read_page.read_page",
    COLLECT_DOCUMENT: "ocrqueue.pipeline.collect.collect_document",
}
# Called, never queued:
SETTLE_FAILED = "ocrqueue.pipeline.job_document.settle_failed"
OUT_OF_SIGHT = "ocrqueue.pipeline.sight.of_workspace"
_JOB_ID = re.compile(r"([0-9a-f]{8}-[0-9a-f]{24})-(?:p([0-9]{1,7})|collect)")
ALIVE_S = 7 * 86400  # how long a sign of life is remembered
STATES = ("pending", "done", "failed", "doubtful")


@dataclass(frozen=True, slots=True)
class KeyForm:
    """How the keys for one purpose are called, and of which kind they are."""

    form: str  # {} stands for a part of the name
    kind: str  # as Redis calls it

    def __call__(self, *parts: str) -> str:
        """Return the name of one of them."""
        return self.form.format(*parts)


live = KeyForm("ocrq:live:{}", "zset")  # W: its documents that are not collected yet, by time
workspaces = KeyForm("ocrq:workspaces", "set")  # W of all that were ever queued here
counts = KeyForm("ocrq:counts", "hash")  # what settled pages add up to; fields in counts.py
outbox = KeyForm("ocrq:outbox", "zset")  # what hooks are to be told, by when (ms)
untold = KeyForm("ocrq:untold", "string")  # why it could not be told last
totals = KeyForm("ocrq:total:{}", "hash")  # W: its pages: pending, done, failed, doubtful
folders = KeyForm("ocrq:folders:{}", "set")  # W: the output folders that commands named for it
placed = KeyForm("ocrq:placed:{}", "string")  # characters of a path: W of what was queued there
feeding = KeyForm("ocrq:doc:{}:feeding", "string")  # D: who adds its pages lives; expires with him
producer = KeyForm("ocrq:doc:{}:producer", "string")  # D: counts who has added pages
bitmap = KeyForm("ocrq:doc:{}:{}", "string")  # D and a state: bit n stands for page n
# D: workspace, document, source, kept_s and done_s (that ended jobs stay, where pages failed and
# where none did), open_to (the backends that may read its pages), run and cap (who pays for them,
# micro-USD at most), root (whose folder holds its file)
document_hash = KeyForm("ocrq:doc:{}", "hash")
maintenance = KeyForm("ocrq:maintenance:{}", "string")  # Q: lock of whoever looks after it just now
rescue = KeyForm("ocrq:rescue:{}", "string")  # Q: lock of whoever puts back pages of it just now
alive = KeyForm("ocrq:alive:{}", "string")  # Q: expires a week after a worker's sign of life
held = KeyForm("ocrq:held:{}", "string")  # Q: why no page of it is read just now
spent = KeyForm("ocrq:spent:{}:{}", "string")  # Q, R: why pages of the run are not read just now
awaited = KeyForm("ocrq:awaited:{}", "string")  # Q: what a worker waits for before it begins
unchecked = KeyForm("ocrq:unchecked:{}", "string")  # Q: pages settle without their check in it
overflow = KeyForm("ocrq:overflow:{}", "hash")  # Q: pages taken from its end: taken, by, reason
progress = KeyForm("ocrq:progress:{}", "hash")  # N: how far it is with its page; expires in seconds
# P: its requests under way, by when their leases run out
leases = KeyForm("ocrq:gate:{}:leases", "zset")
# P: pace of requests, pause, fewer slots; and hashes below it, which gate.lua names:
#   hold:I                          request I: the most it can cost, its windows, its state
#   run:R, day:20261123, month:...  spent, held and cap of each, in micro-USD
#   model:M                         failures, how long it is left alone, its probe
gate = KeyForm("ocrq:gate:{}", "hash")
declined = KeyForm("ocrq:declined:{}", "string")  # N: why it leaves pages of its queue to others
resting = KeyForm("ocrq:resting:{}", "string")  # N: which folder it waits for, and why
stalled = KeyForm("ocrq:stalled:{}", "string")  # N: why nothing of it came through last
first = KeyForm("ocrq:first:{}", "set")  # Q: documents whose pages come before all others
long = KeyForm("ocrq:long:{}", "string")  # Q: pages in a turn, while one waits with more than that
queue = KeyForm("rq:queue:{}", "list")  # Q: its waiting jobs
taken = KeyForm("rq:queue:{}:intermediate", "list")  # Q: jobs its workers have taken and not begun


def root_key(root: str) -> str:
    """Return the short name in Redis of a folder that was named as an input."""
    return f"root-{Address(path=root).key}"


def document_key(workspace: str, document_id: str) -> str:
    """Return the document's name in Redis, from the workspace's short name."""
    return f"{workspace}-{document_id}"


def page_job_id(document: str, page: int) -> str:
    """Return the id of a page's job."""
    return f"{document}-p{page}"


def collect_job_id(document: str) -> str:
    """Return the id of the job that assembles a document."""
    return f"{document}-collect"


def meant_by(job_id: str) -> tuple[str, int | None]:
    """Return the document and the page (None: its collector) of a job; ("", None) if not ours."""
    found = _JOB_ID.fullmatch(job_id)
    if found is None:
        return "", None
    return found[1], int(found[2]) if found[2] else None


def worker_name(kind: str) -> str:
    """Return a name for a worker of this process that no other one has."""
    return f"{kind}-{socket.gethostname()}-{os.getpid()}-{os.urandom(3).hex()}"


def settle_keys(document: str) -> list[str]:
    """Return the keys that every one of our scripts gets, in their order."""
    workspace = document.partition("-")[0]
    return [
        document_hash(document),
        *(bitmap(document, state) for state in STATES),
        totals(workspace),
        queue(COLLECT_QUEUE),
        f"rq:job:{collect_job_id(document)}",
        live(workspace),
        feeding(document),
        counts(),
    ]
