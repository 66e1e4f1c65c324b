"""Links to an owner's files that stay the same for a while.

Comes in: an owner, a job and a name. Goes out: a signed link. The end of a link falls on a round
moment, so that re-rendering a tile does not reload its picture.
"""

import time
from collections.abc import Callable
from urllib.parse import urlencode

from zit_engine.request.ad_request import AdResult
from zit_engine.store.links import Signer

# Five minutes, or a third of a shorter life: a link shown now has two thirds of it left.
_ROUND_S = 300


class Links:
    def __init__(self, signer: Signer, minutes: float, clock: Callable[[], float] = time.time):
        self._signer = signer
        self._minutes = minutes
        self._clock = clock
        self._round_s = min(_ROUND_S, minutes * 20)

    @property
    def resign_every_s(self) -> float:
        """How often a page that stays open needs new links: before the oldest on it ends."""
        return 0.8 * (self._minutes * 60 - self._round_s)

    def to(self, owner: str, job_id: str, name: str) -> str:
        """A link that works for at most the set minutes."""
        now = self._clock()
        return self._signer.url(owner, job_id, name, now - now % self._round_s, self._minutes)

    def to_ballot(self, voter_key: str, grid_id: str, token: str) -> str:
        """A link to a ballot's picture, which names neither its file nor its style."""
        now = self._clock()
        expires_at = int(now - now % self._round_s + self._minutes * 60)
        signature = self._signer.sign(voter_key, grid_id, token, expires_at)
        query = urlencode({"exp": expires_at, "o": voter_key, "sig": signature})
        return f"/b/{grid_id}/{token}?{query}"

    def of(self, owner: str) -> Callable[[AdResult], str]:
        """The link maker for one owner's results."""
        return lambda result: self.to(owner, result.job_id, result.name)
