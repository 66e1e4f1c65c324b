"""Votes are kept, replaced and taken back, by many at once."""

import threading
from dataclasses import replace

import pytest

from zit_engine.compare.votes import Vote, Votes
from zit_engine.errors import SaveFailed, SettingsError

GRID = "a" * 32
VOTE = Vote("b1", "pair", ("anime", "realistic"), "anime", ("colour",), "수박", "fruit", 7, 5.0)


@pytest.fixture
def votes(tmp_path):
    opened = Votes(tmp_path / "votes.sqlite3")
    yield opened
    opened.close()


def test_a_vote_comes_back_also_from_a_reopened_file(votes, tmp_path):
    votes.cast(GRID, "voter", VOTE)
    votes.cast(GRID, "voter", replace(VOTE, ballot_id="b2", chosen=None, reasons=()))
    again = Votes(tmp_path / "votes.sqlite3")
    assert again.of_grid(GRID) == votes.of_grid(GRID)
    assert (
        again.of_grid(GRID)[0] == replace(VOTE, voter=1) and again.of_grid(GRID)[1].chosen is None
    )
    again.close()
    file = tmp_path / "votes.sqlite3"
    assert file.stat().st_mode & 0o077 == 0
    assert b"voter" not in file.read_bytes().replace(b"voter_key", b"")


def test_a_second_vote_on_a_ballot_replaces_the_first(votes):
    votes.cast(GRID, "voter", VOTE)
    votes.cast(GRID, "voter", replace(VOTE, chosen="realistic"))
    votes.cast(GRID, "other", VOTE)
    assert [vote.chosen for vote in votes.of_grid(GRID)] == ["realistic", "anime"]
    assert [vote.chosen for vote in votes.of_voter(GRID, "other")] == ["anime"]
    assert votes.of_grid("b" * 32) == []


def test_undo_takes_back_ones_own_latest_vote(votes):
    for ballot in ("b1", "b2", "b1"):
        votes.cast(GRID, "voter", replace(VOTE, ballot_id=ballot))
    votes.cast(GRID, "other", VOTE)
    assert votes.undo(GRID, "voter").ballot_id == "b1"
    assert votes.undo(GRID, "voter").ballot_id == "b2"
    assert votes.undo(GRID, "voter") is None
    assert len(votes.of_grid(GRID)) == 1


@pytest.mark.parametrize("wrong", [{"chosen": "oil"}, {"reasons": ("sound",)}])
def test_what_is_no_vote_is_not_kept(votes, wrong):
    with pytest.raises(ValueError):
        votes.cast(GRID, "voter", replace(VOTE, **wrong))
    assert votes.of_grid(GRID) == []


def test_many_vote_at_once_and_none_is_lost(votes, tmp_path):
    other = Votes(tmp_path / "votes.sqlite3")

    def cast(opened, voter):
        for number in range(25):
            opened.cast(GRID, voter, replace(VOTE, ballot_id=f"b{number}"))

    threads = [
        threading.Thread(target=cast, args=(opened, f"voter {number}"))
        for number, opened in enumerate([votes, other, votes, other])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(votes.of_grid(GRID)) == 100


def test_a_folder_or_text_that_cannot_be_used_is_told(votes, tmp_path):
    with pytest.raises(SettingsError):
        Votes(tmp_path / "nowhere" / "votes.sqlite3")
    with pytest.raises(SaveFailed):
        votes.cast(GRID, "voter", replace(VOTE, prompt="\ud800"))
