"""What somebody outside is to be told, until he was told: it is lent to who tells it.

It is put in by the transaction that ends the job of which it tells, and taken out when it was told:
a process that is killed in between has it told once more, and never not at all.
"""

from dataclasses import dataclass

from ocrqueue.broker import keys, scripts
from ocrqueue.broker.connection import Client, text

WHY_S = 86400  # how long people are told what went wrong last


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """A text that is to be told now."""

    text: str
    until: str  # when it is due for others, by the server's clock in ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """How much waits to be told, and what went wrong last."""

    waiting: int = 0
    why: str = ""


def take(client: Client, *, lease_s: float) -> Loan | None:
    """Borrow a text that is due; None: there is none."""
    found, until = scripts.outbox(client, "take", round(lease_s * 1000))
    return Loan(text=text(found), until=text(until)) if found else None


def give_up(client: Client, loan: Loan, counted: str = "") -> None:
    """Take a text out, and count that; one that was put in anew meanwhile stays."""
    scripts.outbox(client, "settle", loan.text, loan.until, "", counted)


def told(client: Client, loan: Loan) -> None:
    """Take a text out that was told."""
    give_up(client, loan, "hooks told")
    client.delete(keys.untold())


def put_off(client: Client, loan: Loan, why: str, *, wait_s: float) -> None:
    """Let a text be due after a while that could not be told, and say why."""
    scripts.outbox(client, "settle", loan.text, loan.until, round(wait_s * 1000), "hooks failed")
    client.set(keys.untold(), why, ex=WHY_S)


def state(client: Client) -> Untold:
    """Return how much waits to be told."""
    waiting, why = client.zcard(keys.outbox()), client.get(keys.untold())
    return Untold(waiting=int(waiting), why=text(why))
