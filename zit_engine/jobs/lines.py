"""The lines people stand in, and whose turn is next.

Comes in: jobs. Goes out: turns (a job and which picture), round the lines picture by picture; each
owner has one line for each kind of job. It knows no time, and is not safe for threads by itself.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator

from zit_engine.jobs.watching import AnyJob

Turn = tuple[AnyJob, int]


class Lines:
    def __init__(self) -> None:
        # In turn order; each line has its jobs, oldest first, with the next picture's index.
        self._lines: OrderedDict[tuple[str, str], deque[Turn]] = OrderedDict()
        # Counted already, not yet in line.
        self.arriving: list[AnyJob] = []

    def __bool__(self) -> bool:
        return bool(self._lines)

    def __iter__(self) -> Iterator[Turn]:
        """Every job in line with its next picture, line by line."""
        return (entry for line in self._lines.values() for entry in line)

    def __contains__(self, job: AnyJob) -> bool:
        return any(entry[0] is job for entry in self._lines.get(job.line, ()))

    @property
    def is_empty(self) -> bool:
        """True while nobody is in line and nobody arrives."""
        return not self._lines and not self.arriving

    def count(self, owner: str | None = None) -> int:
        """Pictures in line and arriving, of one owner or of all, as far as they count."""
        return sum(
            min(job.counted, len(job.items) - index)
            for job, index in (*self, *((job, 0) for job in self.arriving))
            if owner is None or job.owner == owner
        )

    def append(self, job: AnyJob, index: int) -> None:
        self._lines.setdefault(job.line, deque()).append((job, index))

    def take(self) -> Turn:
        """The next turn; its line goes to the end of the round."""
        key, line = next(iter(self._lines.items()))
        job, index = line.popleft()
        if index + 1 < len(job.items):
            line.appendleft((job, index + 1))
        del self._lines[key]
        if line:
            self._lines[key] = line
        return job, index

    def turns(self) -> Iterator[Turn]:
        """All coming turns in order if nobody else joins."""
        lines = deque(deque(line) for line in self._lines.values())
        while lines:
            line = lines.popleft()
            job, index = line.popleft()
            yield job, index
            if index + 1 < len(job.items):
                line.appendleft((job, index + 1))
            if line:
                lines.append(line)

    def drop(self, job: AnyJob) -> None:
        kept = deque(entry for entry in self._lines.get(job.line, ()) if entry[0] is not job)
        if kept:
            self._lines[job.line] = kept
        else:
            self._lines.pop(job.line, None)

    def clear(self) -> list[AnyJob]:
        """Takes everybody out; returns the jobs."""
        left = {job.id: job for job, _ in self}
        self._lines.clear()
        return [*left.values()]
