"""How long a picture takes, learned from those before it.

Comes in: what each painted picture was (Effort) and its seconds. Goes out: the seconds a coming one
will take. It knows neither people nor turns; the clock is somebody else's.
"""

from collections import OrderedDict
from dataclasses import dataclass

# Weight of the newest measurement in a running mean; 0.3 follows a change within ~5 pictures.
NEWEST_WEIGHT = 0.3
# What earlier pictures still count in the line through all of them, picture by picture.
_KEPT_SHARE = 0.95
_MOST_KINDS = 256


@dataclass(frozen=True, slots=True)
class Effort:
    """One picture as far as its time goes. Pictures of one `kind` take equally long; `work` is
    megapixels × steps, by which kinds never seen are reckoned; changing `style` costs extra."""

    kind: str
    work: float
    style: str


PLAIN = Effort("", 1.0, "")


class Pace:
    """Not safe for threads by itself: the queue asks under its lock."""

    def __init__(self) -> None:
        self._kinds: OrderedDict[str, float] = OrderedDict()
        self._switch_s = 0.0
        self._last_style: str | None = None
        # Sums over earlier pictures, older ones counting less: 1, x, y, xx, xy.
        self._sums: tuple[float, ...] = (0.0,) * 5

    @property
    def style(self) -> str | None:
        """The style of the picture measured last; None before the first."""
        return self._last_style

    @property
    def mean_s(self) -> float | None:
        """Seconds of a middling picture; None before anything was timed."""
        count, _, y, _, _ = self._sums
        return y / count if count else None

    def seconds(self, effort: Effort, after_style: str | None) -> float | None:
        """What `effort` will take after a picture of `after_style`; None before anything was
        timed."""
        plain = self._plain(effort)
        if plain is None:
            return None
        return plain + (self._switch_s if after_style not in (None, effort.style) else 0.0)

    def measure(self, effort: Effort, seconds: float) -> None:
        """Learn from a finished picture."""
        is_switched = self._last_style not in (None, effort.style)
        self._last_style = effort.style
        if is_switched:
            expected = self._kinds.get(effort.kind)
            if expected is not None:  # else the whole is all there is to learn from
                extra = max(0.0, seconds - expected)
                self._switch_s += NEWEST_WEIGHT * (extra - self._switch_s)
                return
            seconds = max(0.0, seconds - self._switch_s)
        before = self._kinds.pop(effort.kind, seconds)
        self._kinds[effort.kind] = before + NEWEST_WEIGHT * (seconds - before)
        while len(self._kinds) > _MOST_KINDS:
            self._kinds.popitem(last=False)
        x = effort.work
        new = (1.0, x, seconds, x * x, x * seconds)
        self._sums = tuple(
            old * _KEPT_SHARE + one for old, one in zip(self._sums, new, strict=True)
        )

    def _plain(self, effort: Effort) -> float | None:
        """Without a change of style: the kind's own mean, else by the line through all kinds."""
        known = self._kinds.get(effort.kind)
        return known if known is not None else self._by_work(effort.work)

    def _by_work(self, work: float) -> float | None:
        """Least squares of seconds over work, through the origin where all had the same work or the
        line would fall or begin below zero."""
        count, x, y, xx, xy = self._sums
        if not count:
            return None
        spread = count * xx - x * x
        if spread > 1e-6 * xx * count:
            slope = (count * xy - x * y) / spread
            start = (y - slope * x) / count
            if slope >= 0 and start >= 0:
                return start + slope * work
        return work * (xy / xx if xx else 0.0)
