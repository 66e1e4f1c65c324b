"""What one owner may ask for in a minute, and one job for one press however often it arrives.

Comes in: an owner, how many pictures, the ticket of a press. Goes out: a turn, a job id, or a
refusal with the seconds to wait, told before anything is queued. It knows no jobs.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from zit_engine.errors import InvalidRequest, TooOften
from zit_engine.jobs.rates import Rates
from zit_engine.store.key_locks import KeyLocks

_TICKET = re.compile(r"[0-9a-f]{32}")


class Admission:
    """`per_minute`: pictures one owner may ask for in a minute; 0: no limit."""

    def __init__(self, per_minute: int):
        self._per_minute = per_minute
        self._rates = Rates(per_minute)
        self._turns = KeyLocks()

    @contextmanager
    def turn(self, owner: str) -> Iterator[None]:
        """One press of an owner at a time: of two with one ticket the second finds the first's
        job."""
        with self._turns.held(owner):
            yield

    def check(self, owner: str, pictures: int) -> None:
        """Raises TooOften with the seconds until the owner may ask for so many."""
        self._refuse(self._rates.wait(owner, pictures))

    def count(self, owner: str, pictures: int) -> None:
        """They were accepted. Called inside the turn whose `check` passed."""
        self._refuse(self._rates.take(owner, pictures))

    def _refuse(self, seconds: int) -> None:
        if seconds:
            limit = self._per_minute
            raise TooOften("access.too_many_pictures", limit=limit, seconds=seconds)


def checked_ticket(value: object) -> str:
    """A press's ticket: 32 hexadecimal digits its maker chose, or "" for none. Raises
    InvalidRequest."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _TICKET.fullmatch(value):
        raise InvalidRequest("ticket", "access.ticket")
    return value


def job_id_of(owner: str, ticket: str) -> str:
    """The id of that press's job, always the same; a new one without a ticket. Nobody else's
    ticket leads to it."""
    if not ticket:
        return secrets.token_hex(16)
    return hashlib.sha256(f"{owner}/{ticket}".encode()).hexdigest()[:32]
