"""One press from fields to saved pictures, with many people at once and with things going wrong."""

import dataclasses
import io
import itertools
import os
import threading
import time
from collections import Counter

import pytest
from PIL import Image

import zit_engine.studio as studio_file
from tests.bad_requests import BAD, BAD_NAMES, GOOD
from tests.fake_engine import FakeEngine, broken, gradient
from zit_engine import job_book, production
from zit_engine.assembly import build_studio
from zit_engine.brand.brands import Brands
from zit_engine.brand.kit import BrandKit
from zit_engine.errors import (
    BrokenImage,
    InvalidRequest,
    JobNotFound,
    QueueFull,
    SaveFailed,
    StorageFull,
    StyleUnavailable,
    TooHeavy,
)
from zit_engine.finish.metadata import read_settings
from zit_engine.jobs.job import JobState
from zit_engine.messages import explain
from zit_engine.request.ad_request import AdRequest
from zit_engine.store.files import owner_key
from zit_engine.studio import Studio

LIMIT_S = 60
# The smallest place of use: quick to encode.
CHANNEL = "kakao-search-small"
EXACT = "plain-1-1"


def ask(prompt: str = "딸기 케이크", **fields: object) -> AdRequest:
    return AdRequest(**{"prompt": prompt, "channel": CHANNEL, "seed": 7, **fields})


def made(studio: Studio, request: AdRequest, owner: str = "a") -> list:
    return studio.submit(request, owner).wait(LIMIT_S).results


def pixels(studio: Studio, request: AdRequest, owner: str = "a") -> bytes:
    (result,) = made(studio, request, owner)
    with Image.open(studio.files.path_of(owner, result.job_id, result.name)) as picture:
        return picture.convert("RGB").tobytes()


class Stop:
    """Holds the engine after the first step of each paint until `go` is set."""

    def __init__(self):
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self, shot, step) -> None:
        if step == 1:
            self.reached.set()
            assert self.go.wait(LIMIT_S)


def test_a_press_gives_a_file_of_the_places_size_and_a_row(studio):
    (result,) = made(studio, ask())
    path = studio.files.path_of("a", result.job_id, result.name)
    with Image.open(path) as picture:
        assert picture.size == (348, 230) == (result.width, result.height)
        assert picture.format == "JPEG" and result.format == "jpg"
    assert path.stat().st_size == result.size_bytes <= 500_000
    assert result.request == ask() and result.model == "Fake"
    assert studio.history.list("a", 10) == [result]


def test_a_saved_file_carries_the_settings_that_give_it_again(studio):
    (result,) = made(studio, ask(channel="kakao-bizboard", style="anime", adapter_weight=0.5))
    data = studio.files.path_of("a", result.job_id, result.name).read_bytes()
    again = studio.request(read_settings(data))
    assert again == result.request
    (copy,) = made(studio, again)
    assert studio.files.path_of("a", copy.job_id, copy.name).read_bytes() == data


def test_an_engine_that_reads_ahead_is_told_what_is_in_line(make_studio):
    told = []

    class Ahead(FakeEngine):
        def read_ahead(self, model_prompts):
            told.extend(model_prompts)

    studio = make_studio(Ahead())
    studio.submit([ask("빵", count=3), ask("떡")], "owner").wait()
    assert [text[0] for text in told] == ["빵", "떡"]  # each once, in the order of the line


def test_the_same_request_and_seed_twice_give_the_same_pixels(studio):
    request = ask(channel=EXACT, style="anime")
    assert pixels(studio, request) == pixels(studio, request, "somebody-else")
    assert pixels(studio, request) != pixels(studio, dataclasses.replace(request, seed=8))


def test_four_pictures_have_four_seeds_and_four_files(studio):
    results = made(studio, ask(count=4))
    assert [result.request.seed for result in results] == [7, 8, 9, 10]
    assert len({result.name for result in results}) == 4
    assert {result.request.count for result in results} == {1}


def test_a_chosen_seed_is_told_and_gives_the_picture_again(studio):
    (result,) = made(studio, ask(channel=EXACT, seed=None))
    assert isinstance(result.request.seed, int)
    first = studio.files.path_of("a", result.job_id, result.name).read_bytes()
    (again,) = made(studio, result.request)
    assert studio.files.path_of("a", again.job_id, again.name).read_bytes() == first


def test_a_result_is_in_the_history_though_nobody_watched(studio):
    asked = studio.submit(ask("아무도 안 보는 그림", count=2), "a")
    asked_later = studio.submit(ask(), "a")
    asked_later.wait(LIMIT_S)
    mine = [row for row in studio.history.list("a", 10) if row.job_id == asked.id]
    assert len(mine) == 2
    assert all(studio.files.path_of("a", row.job_id, row.name).is_file() for row in mine)


def test_one_of_four_fails_and_the_other_three_are_delivered(make_studio):
    studio = make_studio(FakeEngine(fails=broken({8})))
    seen = studio.submit(ask(count=4), "a").wait(LIMIT_S)
    assert seen.state is JobState.DONE
    assert [result.request.seed for result in seen.results] == [7, 9, 10]
    assert isinstance(seen.outcomes[1], BrokenImage)
    assert len(studio.history.list("a", 10)) == 3
    assert made(studio, ask(seed=20))


def test_a_picture_that_cannot_be_saved_has_no_row(studio, monkeypatch):
    def full(*_: object) -> None:
        raise SaveFailed(detail="disk full")

    monkeypatch.setattr(studio.files, "save", full)
    seen = studio.submit(ask(), "a").wait(LIMIT_S)
    assert seen.state is JobState.FAILED and isinstance(seen.failures[0], SaveFailed)
    assert studio.history.list("a", 10) == []


class SlowDelivery:
    """Holds the cropping and encoding of every picture until `go` is set."""

    def __init__(self, monkeypatch):
        self.reached, self.go = threading.Event(), threading.Event()
        self._deliver = production.deliver
        monkeypatch.setattr(production, "deliver", self)

    def __call__(self, *given, **more):
        self.reached.set()
        assert self.go.wait(LIMIT_S)
        return self._deliver(*given, **more)


def test_the_next_picture_is_painted_while_the_last_is_encoded_and_saved(studio, monkeypatch):
    slow = SlowDelivery(monkeypatch)
    jobs = [studio.submit(ask(owner), owner) for owner in "ab"]
    ends = time.monotonic() + LIMIT_S
    while studio.engine.finished < 2:
        assert time.monotonic() < ends
        time.sleep(0.005)
    assert studio.history.list("a", 9) == [] and studio.open_jobs("a", "make") == [jobs[0]]
    slow.go.set()
    for job, owner in zip(jobs, "ab", strict=True):
        assert job.wait(LIMIT_S).results == studio.history.list(owner, 9) != []


def test_a_picture_that_cannot_be_encoded_is_told_and_the_next_arrives(studio, monkeypatch):
    whole = production.deliver

    def deliver(image, channel, *given, metadata, **more):
        if metadata["seed"] == 7:
            raise TooHeavy(size_kb=9, limit_kb=1)
        return whole(image, channel, *given, metadata=metadata, **more)

    monkeypatch.setattr(production, "deliver", deliver)
    seen = studio.submit(ask(count=3), "a").wait(LIMIT_S)
    assert isinstance(seen.outcomes[0], TooHeavy)
    assert [result.request.seed for result in seen.results] == [8, 9]


def test_twenty_requests_of_five_owners_never_paint_two_at_once_and_all_arrive(make_studio):
    engine = FakeEngine(0.001)
    studio = make_studio(engine)
    owners = [f"owner{number}" for number in range(5)]
    jobs: dict[str, list] = {owner: [] for owner in owners}

    def press(owner: str) -> None:
        for number in range(4):
            jobs[owner].append(studio.submit(ask(f"{owner} {number}", seed=number), owner))

    threads = [threading.Thread(target=press, args=[owner]) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    for owner in owners:
        for number, job in enumerate(jobs[owner]):
            (result,) = job.wait(LIMIT_S).results
            assert result.request.prompt == f"{owner} {number}"
    assert engine.most_at_once == 1 and engine.paints == 20
    assert all(len(studio.history.list(owner, 10)) == 4 for owner in owners)


def test_owners_are_painted_in_turn_picture_by_picture(make_studio):
    stop = Stop()
    engine = FakeEngine(at_step=stop)
    studio = make_studio(engine)
    first = studio.submit(ask("처음"), "first")
    assert stop.reached.wait(LIMIT_S)
    jobs = [studio.submit(ask(owner, count=4), owner) for owner in "abcde"]
    stop.go.set()
    for job in [first, *jobs]:
        assert job.wait(LIMIT_S).state is JobState.DONE
    order = [shot.model_prompt for shot in engine.shots[1:]]
    assert order == list("abcde") * 4


def test_a_grid_of_styles_cannot_starve_another_owner(make_studio):
    stop = Stop()
    engine = FakeEngine(at_step=stop)
    studio = make_studio(engine)
    grid = studio.submit([ask("표", seed=number) for number in range(12)], "qa", "compare")
    assert stop.reached.wait(LIMIT_S)
    other = studio.submit(ask("라떼"), "cafe")
    stop.go.set()
    assert other.wait(LIMIT_S).state is JobState.DONE
    assert len(grid.wait(LIMIT_S).results) == 12
    place = [shot.model_prompt for shot in engine.shots].index("라떼")
    assert place <= 2


def test_cancelled_while_waiting_never_reaches_the_engine(make_studio):
    stop = Stop()
    engine = FakeEngine(at_step=stop)
    studio = make_studio(engine)
    running = studio.submit(ask("첫째"), "a")
    assert stop.reached.wait(LIMIT_S)
    waiting = studio.submit(ask("둘째", count=4), "b")
    studio.cancel(waiting.id, "b")
    assert waiting.state is JobState.CANCELLED
    stop.go.set()
    running.wait(LIMIT_S)
    assert made(studio, ask("셋째"), "c")
    assert [shot.model_prompt for shot in engine.shots] == ["첫째", "셋째"]


def test_cancelled_while_running_is_free_within_one_step(make_studio):
    stop = Stop()
    engine = FakeEngine(at_step=stop)
    studio = make_studio(engine)
    running = studio.submit(ask(count=2), "a")
    assert stop.reached.wait(LIMIT_S)
    studio.cancel(running.id, "a")
    stop.go.set()
    assert running.wait(LIMIT_S).state is JobState.CANCELLED
    assert engine.steps_painted == 1 and engine.finished == 0
    assert studio.history.list("a", 10) == []
    assert made(studio, ask(), "b")


def test_nobody_stops_or_sees_another_owners_job(make_studio):
    stop = Stop()
    studio = make_studio(FakeEngine(at_step=stop))
    job = studio.submit(ask(), "a")
    assert stop.reached.wait(LIMIT_S)
    with pytest.raises(JobNotFound):
        studio.cancel(job.id, "b")
    with pytest.raises(JobNotFound):
        studio.job(job.id, "b")
    assert studio.open_jobs("b", "make") == [] and studio.open_jobs("a", "make") == [job]
    stop.go.set()
    assert job.wait(LIMIT_S).state is JobState.DONE
    assert studio.open_jobs("a", "make") == []


def test_a_full_queue_says_when_to_come_back_and_takes_nothing(make_studio):
    stop = Stop()
    engine = FakeEngine(at_step=stop)
    studio = make_studio(engine, max_waiting=4, max_owner_waiting=2)
    jobs = [studio.submit(ask("a"), "a")]
    assert stop.reached.wait(LIMIT_S)
    jobs += [studio.submit(ask(owner, count=2), owner) for owner in "bc"]
    with pytest.raises(QueueFull) as full:
        studio.submit(ask("d"), "d")
    seconds = full.value.values["seconds"]
    assert isinstance(seconds, int) and seconds >= 1
    assert f"{seconds}초" in explain(full.value, "ko")
    assert f"{seconds} seconds" in explain(full.value, "en")
    assert studio.open_jobs("d", "make") == [] and studio.queue.waiting() == 4
    stop.go.set()
    for job in jobs:
        job.wait(LIMIT_S)
    assert Counter(shot.model_prompt for shot in engine.shots) == {"a": 1, "b": 2, "c": 2}


def test_a_full_queue_answers_at_once_while_others_are_still_let_in(make_studio):
    """Whoever is let in may wait for a tokenizer that is being loaded; whoever is not, never."""
    stop, counting, loaded = Stop(), threading.Event(), threading.Event()
    engine = FakeEngine(at_step=stop)
    studio = make_studio(engine, max_waiting=1)
    tickets = {owner: char * 32 for owner, char in (("a", "a"), ("b", "b"))}
    running = studio.submit(ask(), "a", ticket=tickets["a"])
    assert stop.reached.wait(LIMIT_S)
    waiting = studio.submit(ask("b"), "b", ticket=tickets["b"])

    def slow(model_prompt: str) -> int:
        counting.set()
        assert loaded.wait(LIMIT_S)
        return 10

    engine.count_tokens = slow
    with pytest.raises(QueueFull):
        studio.submit(ask("c"), "c")
    assert not counting.is_set()
    assert studio.submit(ask("b"), "b", ticket=tickets["b"]) is waiting
    assert studio.submit(ask(), "a", ticket=tickets["a"]) is running
    loaded.set()
    stop.go.set()
    assert [job.wait(LIMIT_S).state for job in (running, waiting)] == [JobState.DONE] * 2


def test_the_outlook_of_a_waiting_job(make_studio):
    stop = Stop()
    studio = make_studio(FakeEngine(at_step=stop))
    running = studio.submit(ask(), "a")
    assert stop.reached.wait(LIMIT_S)
    waiting = studio.submit(ask(), "b")
    assert studio.outlook(waiting).people_ahead == 1
    assert studio.outlook(running).people_ahead == 0
    stop.go.set()
    waiting.wait(LIMIT_S)


@pytest.mark.parametrize(("name", "fields", "message_id"), BAD, ids=BAD_NAMES)
def test_a_bad_request_gets_a_sentence_in_both_languages_and_queues_nothing(
    studio, name, fields, message_id
):
    with pytest.raises(InvalidRequest) as refused:
        studio.submit(studio.request({**GOOD, **fields}), "a")
    assert refused.value.message_id == message_id
    sentences = [explain(refused.value, lang) for lang in ("ko", "en")]
    for sentence in sentences:
        assert 10 < len(sentence) < 2000 and sentence.isprintable()
    assert sentences[0] != sentences[1]
    assert studio.engine.paints == 0 and studio.queue.waiting() == 0
    assert studio.open_jobs("a", "make") == []


def test_a_style_without_a_file_for_this_model_is_refused_by_its_title(studio):
    with pytest.raises(StyleUnavailable) as refused:
        studio.submit(ask(style="film-photo"), "a")
    assert "필름 사진" in explain(refused.value, "ko")
    assert studio.queue.waiting() == 0


def test_one_unusable_request_of_a_grid_leaves_all_of_it_out(studio):
    with pytest.raises(StyleUnavailable):
        studio.submit([ask(), ask(style="film-photo")], "a")
    assert studio.engine.paints == 0


def test_available_styles_are_those_with_a_file_in_catalogue_order(studio):
    ids = [style.id for style in studio.available_styles()]
    assert ids[0] == "realistic" and set(ids) < set(studio.catalogue)
    assert ids == [each for each in studio.catalogue if each in ids]


def test_deleting_takes_file_and_row_of_that_picture_only(studio):
    first, second = made(studio, ask(count=2))
    studio.delete("b", first.job_id, first.name)
    assert len(studio.history.list("a", 10)) == 2
    studio.delete("a", first.job_id, first.name)
    assert studio.history.list("a", 10) == [second]
    with pytest.raises(JobNotFound):
        studio.files.path_of("a", first.job_id, first.name)


def test_a_restarted_studio_still_has_the_history(make_studio):
    first = make_studio()
    (result,) = made(first, ask())
    first.close()
    again = make_studio()
    again.tidy()
    assert again.history.list("a", 10) == [result]


def test_tidying_forgets_pictures_older_than_the_set_days(make_studio, monkeypatch):
    studio = make_studio(keep_days=3)
    made(studio, ask())
    studio.tidy()
    assert len(studio.history.list("a", 10)) == 1
    now = studio_file.time.time()
    monkeypatch.setattr(studio_file.time, "time", lambda: now + 4 * 86400)
    studio.tidy()
    assert studio.history.list("a", 10) == []
    assert not list(studio.settings.data_dir.rglob("*.jpg"))


def test_tidying_forgets_a_shop_without_pictures_that_nobody_opens(make_studio):
    studio = make_studio(keep_days=3)
    brands = Brands(studio.settings.data_dir)
    made(studio, ask(), "painting")
    for owner in ("gone", "painting", "opened"):
        brands.save(owner, BrandKit("햇살 카페"))
        long_ago = time.time() - 4 * 86400
        os.utime(studio.settings.data_dir / "brands" / owner_key(owner), (long_ago, long_ago))
    brands.load("opened")
    studio.tidy()
    left = {path.name for path in (studio.settings.data_dir / "brands").iterdir()}
    assert left == {owner_key("painting"), owner_key("opened")}


def test_a_full_share_is_told_before_anything_is_painted(make_studio):
    studio = make_studio(owner_mb=1)
    studio.files.save("a", "before", "a.png", b"x" * 1_000_000)
    with pytest.raises(StorageFull):
        studio.submit(ask(), "a")
    assert studio.engine.shots == [] and studio.queue.waiting() == 0
    assert len(made(studio, ask(), owner="b")) == 1
    assert len(made(make_studio(owner_mb=0), ask())) == 1


def test_finished_jobs_are_remembered_only_so_long(studio, monkeypatch):
    monkeypatch.setattr(job_book, "KEPT_JOBS", 3)
    jobs = []
    for number in range(5):
        jobs.append(studio.submit(ask(seed=number), "a"))
        jobs[-1].wait(LIMIT_S)
    with pytest.raises(JobNotFound):
        studio.job(jobs[0].id, "a")
    assert studio.job(jobs[-1].id, "a") is jobs[-1]


def test_the_model_is_loaded_once_however_many_pictures(studio):
    made(studio, ask(count=4))
    studio.warm_up()
    assert studio.engine.warm_ups == 1 and studio.loading == ("load", 1.0)


def test_closing_frees_the_model(studio):
    studio.close()
    assert studio.engine.is_closed
    with pytest.raises(QueueFull):
        studio.submit(ask(), "a")


def test_the_pocket_model_through_the_studio_returns_to_the_base_byte_for_byte(settings):
    studio = build_studio(settings)
    styles = ("realistic", "anime", "pencil-sketch", "realistic")
    try:
        files = []
        for style in styles:
            seen = studio.submit(ask(channel=EXACT, style=style), "a").wait(300)
            (result,) = seen.results
            files.append(studio.files.path_of("a", result.job_id, result.name).read_bytes())
    finally:
        studio.close()
    shown = [Image.open(io.BytesIO(data)).tobytes() for data in files]
    assert files[0] == files[3] and shown[0] == shown[3]
    assert all(one != other for one, other in itertools.combinations(shown[:3], 2))


def test_the_painted_original_lies_beside_the_picture_and_goes_with_it(studio):
    (result,) = made(studio, ask())
    (shot,) = studio.engine.shots
    path = studio.files.master_of("a", result.job_id, result.name)
    with Image.open(path) as kept:
        assert kept.tobytes() == gradient(shot).tobytes() and kept.size == (shot.width, shot.height)
    studio.delete("a", result.job_id, result.name)
    assert not path.exists()
    with pytest.raises(JobNotFound):
        studio.files.master_of("a", result.job_id, result.name)
