"""A job is shown to its owner, by id or by key, and to nobody else."""

import pytest

from zit_engine.errors import Interrupted, JobNotFound
from zit_engine.job_book import JobBook
from zit_engine.jobs.job import Job
from zit_engine.store.files import owner_key


def test_an_owner_known_by_key_only_is_the_same_owner():
    book, job = JobBook(), Job(owner_key("anna"), ())
    book.remember(job)
    assert book.get(job.id, "anna") is job and book.open("anna", "make") == [job]
    for other in ("ben", str(owner_key("anna"))):  # the key as a text opens nothing
        with pytest.raises(JobNotFound):
            book.get(job.id, other)
        assert book.open(other, "make") == []


def test_what_ended_meanwhile_is_shown_until_the_owner_asks_for_more():
    book, job = JobBook(), Job(owner_key("anna"), ("one",))
    job.settle(0, Interrupted())
    job.finish()
    told = []
    book.tell_later(job, lambda: told.append(job.id))
    assert book.open("anna", "make") == [] and not told
    assert book.shown("ben", "make") == [] and not told
    assert book.shown("anna", "make") == [job] == book.shown("anna", "make")
    assert set(told) == {job.id}
    book.remember(Job(owner_key("ben"), ()))
    assert book.shown("anna", "make") == [job]
    fresh = Job(owner_key("anna"), ())
    book.remember(fresh)
    assert book.shown("anna", "make") == [fresh]
