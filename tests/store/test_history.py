"""Rows come back whole and in order; only to their owner."""

import dataclasses
import multiprocessing
import resource
import threading
from pathlib import Path

import pytest

from zit_engine.errors import JobNotFound, SaveFailed
from zit_engine.request.ad_request import MAX_SEED, AdRequest, AdResult
from zit_engine.store.files import Files
from zit_engine.store.history import History

REQUEST = AdRequest('따뜻한 "라떼"\n😀', "anime", "kakao-bizboard", 1, MAX_SEED, 0.8, 9)


def result(number: int, **changes: object) -> AdResult:
    made = AdResult(
        job_id=f"job-{number // 4}",
        name=f"따뜻한-라떼_{number}.png",
        request=REQUEST,
        model="pocket",
        width=1029,
        height=258,
        format="png",
        size_bytes=287_000,
        seconds=3.25,
        created_at=1_700_000_000.5 + number,
    )
    return dataclasses.replace(made, **changes)


@pytest.fixture
def history(tmp_path):
    opened = History(tmp_path / "history.sqlite3")
    yield opened
    opened.close()


def numbers(results: list[AdResult]) -> list[int]:
    return [int(each.name.split("_")[1].split(".")[0]) for each in results]


def test_every_field_comes_back(history):
    history.add("o", result(1))
    history.add("o", result(2, request=AdRequest("a")))
    assert history.list("o", 10) == [result(2, request=AdRequest("a")), result(1)]
    assert history.get("o", "job-0", result(1).name) == result(1)


def test_a_note_comes_back_with_its_values(history):
    noted = result(1, note="note.painted_in_tiles", note_values={"kept": 77, "text": "따뜻한"})
    history.add("o", noted)
    assert history.list("o", 1) == [noted]
    history.add("o", result(1))
    assert history.list("o", 1) == [result(1)]


def test_newest_first_in_pages(history):
    for number in range(10):
        history.add("o", result(number))
    page = history.list("o", 4)
    assert numbers(page) == [9, 8, 7, 6]
    assert numbers(history.list("o", 4, before=page[-1])) == [5, 4, 3, 2]
    assert history.list("o", 0) == [] and history.list("o", -1) == []


def test_order_survives_a_clock_set_back(history):
    for number in range(4):
        history.add("o", result(number, created_at=1_700_000_000.0 - number * 86400))
    page = history.list("o", 2)
    assert numbers(page) == [3, 2]
    assert numbers(history.list("o", 2, before=page[-1])) == [1, 0]


def test_paging_goes_on_after_a_deletion(history):
    for number in range(6):
        history.add("o", result(number))
    last = history.list("o", 2)[-1]
    history.delete("o", last.job_id, last.name)
    assert numbers(history.list("o", 9, before=last)) == [3, 2, 1, 0]


def test_the_same_picture_again_keeps_its_place(history):
    for number in range(3):
        history.add("o", result(number))
    history.add("o", result(1, seconds=9.0))
    assert numbers(history.list("o", 9)) == [2, 1, 0]
    assert history.list("o", 9)[1].seconds == 9.0


def test_owners_see_only_their_own(history):
    history.add("owner-1", result(1))
    history.add("owner-2", result(1, model="other"))
    assert history.count("owner-1") == history.count("owner-2") == 1
    assert history.get("owner-1", "job-0", result(1).name).model == "pocket"
    with pytest.raises(JobNotFound):
        history.get("owner-3", "job-0", result(1).name)
    assert history.delete("owner-3", "job-0", result(1).name) is False
    assert history.list("owner-3", 9) == []


def test_the_owner_id_is_not_written_down(history, tmp_path):
    history.add("owner-secret", result(1))
    history.close()
    for path in tmp_path.iterdir():
        assert b"secret" not in path.read_bytes()


def test_only_this_user_can_read(history, tmp_path):
    history.add("o", result(1))
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path.name


def test_delete(history):
    history.add("o", result(1))
    assert history.delete("o", "job-0", result(1).name) is True
    assert history.delete("o", "job-0", result(1).name) is False
    assert history.count("o") == 0


@pytest.mark.parametrize(
    ("job_id", "name"), [("\ud800", "a.png"), ("j", "\ud800"), ("j", "' OR 1")]
)
def test_odd_names_are_just_not_there(history, job_id, name):
    with pytest.raises(JobNotFound):
        history.get("o", job_id, name)
    assert history.delete("o", job_id, name) is False


def test_values_sqlite_cannot_hold_are_a_typed_failure(history):
    with pytest.raises(SaveFailed):
        history.add("o", result(1, size_bytes=2**70))
    with pytest.raises(SaveFailed):
        history.add("o", result(1, model="\ud800"))
    assert history.count("o") == 0


def test_expiry_by_age(history):
    history.add("o", result(0, created_at=1000.0))
    history.add("o", result(1, created_at=1000.0 + 2 * 86400))
    assert history.expire(days=30, now=1000.0 + 31 * 86400) == 1
    assert numbers(history.list("o", 9)) == [1]


def test_rows_without_a_file_are_dropped(history, tmp_path):
    files = Files(tmp_path)
    for number in range(3):
        files.save("o", f"job-{number // 4}", result(number).name, b"x")
        history.add("o", result(number))
    files.delete("o", "job-0", result(1).name)
    assert history.prune_missing(files) == 1
    assert numbers(history.list("o", 9)) == [2, 0]
    assert history.prune_missing(files) == 0


def test_rows_survive_closing(tmp_path):
    first = History(tmp_path / "history.sqlite3")
    first.add("o", result(1))
    first.close()
    first.close()
    second = History(tmp_path / "history.sqlite3")
    assert second.list("o", 9) == [result(1)]
    second.close()
    with pytest.raises(SaveFailed):
        second.add("o", result(2))


def test_many_threads(history):
    def add_some(mark: int) -> None:
        for number in range(25):
            history.add("o", result(mark * 100 + number))
            history.list("o", 5)

    threads = [threading.Thread(target=add_some, args=(mark,)) for mark in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert history.count("o") == 100


def _add_some(path: str, mark: int) -> None:
    history = History(Path(path))
    for number in range(40):
        history.add("o", result(mark * 100 + number))
    history.close()


def test_two_processes(tmp_path):
    path = str(tmp_path / "history.sqlite3")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_add_some, args=(path, mark)) for mark in (1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    history = History(Path(path))
    assert history.count("o") == 80
    history.close()
    assert not list(tmp_path.glob("*.corrupt-*"))


def _add_until_full(path: str) -> None:
    history = History(Path(path))
    history.add("o", result(0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    for number in range(1, 1000):
        try:
            history.add("o", result(number, model="m" * 10_000))
        except SaveFailed:
            assert history.count("o") == number
            raise SystemExit(7) from None
    raise SystemExit(0)


def test_a_full_disk_is_told_and_loses_nothing(tmp_path):
    path = tmp_path / "history.sqlite3"
    process = multiprocessing.get_context("fork").Process(target=_add_until_full, args=(str(path),))
    process.start()
    process.join(60)
    assert process.exitcode == 7
    history = History(path)
    assert history.get("o", "job-0", result(0).name) == result(0)
    history.add("o", result(5000))
    history.close()
    assert not list(tmp_path.glob("*.corrupt-*"))


def test_lettering_and_favourite_come_back(history):
    lettering = {"headline": "오늘만 50% 할인", "template": "badge", "logo": True, "qr": ""}
    history.add("o", result(1, lettering=lettering, favourite=True))
    assert history.list("o", 1) == [result(1, lettering=lettering, favourite=True)]
    history.add("o", result(1))
    assert history.list("o", 1) == [result(1, favourite=True)]
