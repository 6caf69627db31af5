"""Names in Redis: the whole data model, beside RQ's own keys.

    ocrq:live:W                 sorted set  the documents that are not collected yet, by time
    ocrq:total:W                hash        pages of workspace W: pending, done, failed, doubtful
    ocrq:folders:W              set         the output folders that commands named for workspace W
    ocrq:doc:D                  hash        workspace, document, source, kept_s (of ended jobs),
                                            open_to (the backends that may read its pages),
                                            run, cap (who pays for them, micro-USD at most)
    ocrq:doc:D:feeding          string      a producer is still adding pages; expires with it
    ocrq:doc:D:pending          bitmap      bit n: page n waits or is being read
    ocrq:doc:D:done             bitmap      bit n: page n has an accepted result
    ocrq:doc:D:failed           bitmap      bit n: nobody could read page n
    ocrq:doc:D:doubtful         bitmap      bit n: page n is done, but doubtful
    ocrq:maintenance:Q          string      lock of whoever looks after queue Q just now
    ocrq:rescue:Q               string      lock of whoever puts back pages of queue Q just now
    ocrq:alive:Q                string      expires a week after a worker of Q gave a sign of life
    ocrq:held:Q                 string      why no page of queue Q is read just now
    ocrq:spent:Q:R              string      why pages of run R are not read in queue Q just now
    ocrq:awaited:Q              string      what a worker of queue Q waits for before it begins
    ocrq:overflow:Q             hash        pages taken from the end of Q: taken, by, reason
    ocrq:gate:P                 hash        pool P: pace of requests, pause, fewer slots
    ocrq:gate:P:leases          sorted set  its requests under way, by when their leases run out
    ocrq:gate:P:hold:I          hash        request I: the most it can cost, its windows, its state
    ocrq:gate:P:run:R           hash        spent, held and cap of a run, in micro-USD
    ocrq:gate:P:day:YYYYMMDD    hash        the same of a day, ocrq:gate:P:month:YYYYMM of a month
    ocrq:gate:P:model:M         hash        model M: failures, how long it is left alone, its probe
    ocrq:progress:N             hash        how far worker N is with its page; expires in seconds
    ocrq:declined:N             string      why worker N leaves pages of its queue to others

W is 8 hexadecimal characters of the workspace's path; D is W, a dash and the document's id. Page
17's job is D-p17, the collector's job is D-collect; a page is in at most one of pending, done,
failed. RQ's names: rq:queue:Q, rq:queue:Q:intermediate, rq:wip:Q, rq:failed:Q, rq:job:J.
"""

import hashlib
import os
import re
import socket
from pathlib import Path

COLLECT_QUEUE = "collect"
# The names in a job are those of the first version, so that a batch outlives an update ...
READ_PAGE = "ocrqueue.jobs.read_page"
COLLECT_DOCUMENT = "ocrqueue.jobs.collect_document"
CALLABLES = {  # ... and this is where the functions are; nothing else is ever called
    READ_PAGE: "ocrqueue.pipeline.read_page.read_page",
    COLLECT_DOCUMENT: "ocrqueue.pipeline.collect.collect_document",
}
SETTLE_FAILED = "ocrqueue.pipeline.job_document.settle_failed"  # called, never queued
_JOB_ID = re.compile(r"([0-9a-f]{8}-[0-9a-f]{24})-(?:p([0-9]{1,7})|collect)")
ALIVE_S = 7 * 86400  # how long a sign of life is remembered
STATES = ("pending", "done", "failed", "doubtful")


def workspace_key(root: Path) -> str:
    """Return the workspace's short name in Redis."""
    return hashlib.sha256(str(root).encode(errors="surrogateescape")).hexdigest()[:8]


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


def document_hash(document: str) -> str:
    """Return the key of a document's hash."""
    return f"ocrq:doc:{document}"


def bitmap(document: str, state: str) -> str:
    """Return the key of one of a document's four bitmaps."""
    return f"ocrq:doc:{document}:{state}"


def feeding(document: str) -> str:
    """Return the key that holds back the collector while pages are still being added."""
    return f"ocrq:doc:{document}:feeding"


def live(workspace: str) -> str:
    """Return the key of the set of documents that are not collected yet."""
    return f"ocrq:live:{workspace}"


def totals(workspace: str) -> str:
    """Return the key of a workspace's page counts."""
    return f"ocrq:total:{workspace}"


def folders(workspace: str) -> str:
    """Return the key of the set of output folders that commands named for a workspace."""
    return f"ocrq:folders:{workspace}"


def queue(name: str) -> str:
    """Return the key of the list of a queue's waiting jobs."""
    return f"rq:queue:{name}"


def taken(name: str) -> str:
    """Return the key of the list of jobs that a queue's workers have taken and not begun."""
    return f"rq:queue:{name}:intermediate"


def maintenance(queue: str) -> str:
    """Return the key of the lock on looking after a queue."""
    return f"ocrq:maintenance:{queue}"


def rescue(queue: str) -> str:
    """Return the key of the lock on putting back what dead workers of a queue held."""
    return f"ocrq:rescue:{queue}"


def alive(queue: str) -> str:
    """Return the key whose time to live tells when a worker of a queue last gave a sign of life."""
    return f"ocrq:alive:{queue}"


def held(queue: str) -> str:
    """Return the key that says why no page of a queue is read just now."""
    return f"ocrq:held:{queue}"


def spent(queue: str, run: str) -> str:
    """Return the key that says why pages of a run are not read in a queue just now."""
    return f"ocrq:spent:{queue}:{run}"


def awaited(queue: str) -> str:
    """Return the key that says what a worker of a queue waits for before it begins."""
    return f"ocrq:awaited:{queue}"


def overflow(queue: str) -> str:
    """Return the key of what was taken from the end of a queue by workers of another."""
    return f"ocrq:overflow:{queue}"


def gate(pool: str) -> str:
    """Return the key that all keys of a pool begin with; gate.lua makes the others of it."""
    return f"ocrq:gate:{pool}"


def progress(worker: str) -> str:
    """Return the key of how far a worker is with the page in hand."""
    return f"ocrq:progress:{worker}"


def declined(worker: str) -> str:
    """Return the key that says why a worker leaves pages of its queue to others just now."""
    return f"ocrq:declined:{worker}"


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
        f"rq:queue:{COLLECT_QUEUE}",
        f"rq:job:{collect_job_id(document)}",
        live(workspace),
        feeding(document),
    ]
