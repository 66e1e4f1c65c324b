"""Who paints next, and what becomes of replicas that die. Without Ray."""

import dataclasses
import threading
import time

import pytest

from tests.engine.fake_cluster import FakeCluster
from tests.fake_engine import FakeEngine, gradient
from zit_engine.engine import replicas as module
from zit_engine.engine.base import Shot
from zit_engine.engine.remote import RemoteEngine
from zit_engine.errors import (
    BrokenImage,
    Cancelled,
    DeviceLost,
    EngineError,
    ModelMissing,
    ReplicaLost,
)
from zit_engine.settings import load_settings

LIMIT_S = 30


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "CHECK_S", 0.02)
    monkeypatch.setattr(module, "PAUSE_S", 0.02)


@pytest.fixture
def engine_of(tmp_path):
    made = []

    def make(cluster: FakeCluster, stands: int | None = None) -> RemoteEngine:
        engine = RemoteEngine(load_settings(data_dir=tmp_path, model="pocket"), cluster)
        made.append(engine)
        if stands is None or stands:
            engine.warm_up(lambda stage, fraction: None)
            until(lambda: engine.places == (stands or cluster.count))
        return engine

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def shot(catalogue):
    return lambda style="realistic", seed=7: Shot("cake", 64, 64, seed, catalogue[style], 1.0)


def until(is_so):
    limit = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < limit
        time.sleep(0.005)


def paint(engine, shot, on_step=lambda done, total: None, cancelled=lambda: False):
    return engine.paint(shot, on_step, cancelled)


class Held:
    """Holds each picture at its first step until let go."""

    def __init__(self):
        self.begun, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, shot, step):
        if step == 1:
            self.begun.release()
            assert self.go.acquire(timeout=LIMIT_S)


def in_background(engine, *shots):
    threads, came = [], []
    for each in shots:
        work = threading.Thread(target=lambda each=each: came.append(paint(engine, each)))
        work.start()
        threads.append(work)
    return threads, came


def test_a_shot_gives_the_pixels_of_one_engine(engine_of, shot):
    engine = engine_of(FakeCluster(2))
    assert paint(engine, shot()).tobytes() == gradient(shot()).tobytes()
    assert engine.facts.title == "Fake" and engine.is_ready
    assert engine.count_tokens("a b") == 12 and engine.style_layers() == {"layers.0.to_q": (4, 6)}


def test_a_free_replica_that_holds_the_style_is_preferred(engine_of, shot):
    held = Held()
    cluster = FakeCluster(3, lambda number: FakeEngine(at_step=held))
    engine = engine_of(cluster)
    first, _ = in_background(engine, shot("anime"), shot("oil-painting"), shot("pencil-sketch"))
    for _ in first:
        assert held.begun.acquire(timeout=LIMIT_S)
    held.go.release(3)
    for each in first:
        each.join(LIMIT_S)
    had = {each.shots[0].style.id: each for each in cluster.engines}
    for style in ("oil-painting", "anime", "pencil-sketch", "anime"):
        held.go.release()
        before = had[style].paints
        paint(engine, shot(style))
        assert had[style].paints == before + 1


def test_nobody_waits_for_a_better_replica_while_another_is_free(engine_of, shot):
    held = Held()
    cluster = FakeCluster(2, lambda number: FakeEngine(at_step=held))
    engine = engine_of(cluster)
    held.go.release()
    paint(engine, shot("anime"))
    held.begun.acquire()
    threads, came = in_background(engine, shot("anime", 1), shot("anime", 2))
    for _ in range(2):
        assert held.begun.acquire(timeout=LIMIT_S)
    assert [each.now_painting for each in cluster.engines] == [1, 1]
    held.go.release(2)
    for each in threads:
        each.join(LIMIT_S)
    assert len(came) == 2


def test_those_who_wait_are_served_in_order_and_one_at_a_time(engine_of, shot):
    held = Held()
    cluster = FakeCluster(1, lambda number: FakeEngine(at_step=held))
    engine = engine_of(cluster)
    threads = []
    for seed in range(8):
        threads += in_background(engine, shot("anime" if seed % 2 else "realistic", seed))[0]
        until(lambda n=seed: len(engine._replicas._waiting) == n)
        if not seed:  # the first must have its turn before anyone can stand behind it
            assert held.begun.acquire(timeout=LIMIT_S)
    held.go.release(8)
    for each in threads:
        each.join(LIMIT_S)
    (fake,) = cluster.engines
    assert [each.seed for each in fake.shots] == list(range(8)) and fake.most_at_once == 1


def test_stopped_while_waiting_for_a_replica(engine_of, shot):
    held = Held()
    engine = engine_of(FakeCluster(1, lambda number: FakeEngine(at_step=held)))
    threads, _ = in_background(engine, shot())
    assert held.begun.acquire(timeout=LIMIT_S)
    with pytest.raises(Cancelled):
        paint(engine, shot(), cancelled=lambda: True)
    held.go.release()
    threads[0].join(LIMIT_S)


def test_a_replica_that_dies_mid_picture_loses_nothing(engine_of, shot):
    cluster = FakeCluster(2)
    engine, steps = engine_of(cluster), []

    def on_step(done, total):
        steps.append(done)
        if len(steps) == 3:
            next(each for each in cluster.started if each.engine.now_painting).die()

    picture = paint(engine, shot(), on_step)
    assert picture.tobytes() == gradient(shot()).tobytes()
    assert steps == [1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8]
    until(lambda: engine.places == 2)
    assert len(cluster.started) == 3


@pytest.mark.parametrize("count", [1, 2])
def test_a_picture_that_kills_two_replicas_is_given_up_and_others_go_on(engine_of, shot, count):
    cluster = FakeCluster(count)
    engine = engine_of(cluster)

    def kill(done, total):
        for each in cluster.started:
            if each.engine.now_painting:
                each.die()

    with pytest.raises(ReplicaLost):
        paint(engine, shot(), kill)
    assert paint(engine, shot(seed=8)).tobytes() == gradient(shot(seed=8)).tobytes()
    until(lambda: engine.places == count)
    assert len(cluster.started) == count + 2


def test_a_lost_card_there_is_a_dead_replica_here(engine_of, shot):
    fails = iter([DeviceLost(detail="card")])
    cluster = FakeCluster(1, lambda number: FakeEngine(fails=lambda shot: next(fails, None)))
    engine = engine_of(cluster)
    assert paint(engine, shot()).tobytes() == gradient(shot()).tobytes()
    assert len(cluster.started) == 2 and str(engine.health.state) != "defunct"


def test_an_error_of_the_picture_is_told_and_not_tried_again(engine_of, shot):
    cluster = FakeCluster(2, lambda n: FakeEngine(fails=lambda shot: BrokenImage(kind="black")))
    engine = engine_of(cluster)
    with pytest.raises(BrokenImage):
        paint(engine, shot())
    assert sum(each.paints for each in cluster.engines) == 1 and len(cluster.started) == 2


@pytest.mark.parametrize("trouble", ["dies", "hangs", "is defunct"])
def test_one_that_is_found_ill_between_pictures_is_replaced(engine_of, trouble):
    cluster = FakeCluster(2)
    engine = engine_of(cluster)
    ill = cluster.started[0]
    if trouble == "dies":
        ill.die()
    elif trouble == "hangs":
        ill.is_hung = True
    else:
        ill.defunct = "card"
    until(lambda: len(cluster.started) == 3 and engine.places == 2)
    assert ill.dead.is_set()


def test_one_that_cannot_start_is_tried_again_until_it_can(engine_of, shot):
    cluster = FakeCluster(2, fails=lambda number: ModelMissing(model="x") if number < 5 else None)
    engine = engine_of(cluster, stands=0)
    with pytest.raises(ModelMissing):
        engine.warm_up(lambda stage, fraction: None)
    until(lambda: engine.places == 2)
    paint(engine, shot())


def test_while_one_stands_those_that_cannot_start_stop_nobody(engine_of, shot):
    cluster = FakeCluster(3, fails=lambda number: ModelMissing(model="x") if number else None)
    engine = engine_of(cluster, stands=1)
    until(lambda: len(cluster.started) > 6)
    assert paint(engine, shot()).size == (64, 64)


def test_a_replica_with_another_model_does_not_paint(engine_of, shot):
    def make(number):
        engine = FakeEngine()
        if number == 1:
            engine.facts = dataclasses.replace(engine.facts, revision="2")
        return engine

    cluster = FakeCluster(2, make)
    cluster.gates[1] = threading.Event()
    engine = engine_of(cluster, stands=1)
    cluster.gates[1].set()
    until(lambda: len(cluster.started) == 3 and engine.places == 2)
    other = cluster.engines[1]
    assert other.paints == 0 and cluster.started[1].dead.is_set()
    error = EngineError("remote.other_model", found="2", expected="1")
    assert "2" in error.args[0]


def test_renewed_one_by_one_while_pictures_go_on(engine_of, shot):
    cluster = FakeCluster(3, lambda number: FakeEngine(0.001))
    engine = engine_of(cluster)
    first, over, fewest, made = list(cluster.started), threading.Event(), [3], []

    def keep_painting():
        while not over.is_set():
            made.append(paint(engine, shot(seed=len(made))))

    painters = [threading.Thread(target=keep_painting) for _ in range(3)]
    for each in painters:
        each.start()
    until(lambda: len(made) > 3)
    engine.renew()
    engine.renew()  # while that goes on, nothing
    while len(cluster.started) < 6 or engine.places < 3:
        fewest.append(engine.places)
        time.sleep(0.001)
    before = len(made)
    until(lambda: len(made) > before + 3)  # whoever painted through it paints on
    over.set()
    for each in painters:
        each.join(LIMIT_S)
    assert min(fewest) == 2 and len(cluster.started) == 6
    assert all(each.dead.is_set() for each in first)
    assert all(each.engine.now_painting == 0 for each in cluster.started)


def test_a_renewal_stops_at_the_first_that_does_not_come_back(engine_of, shot):
    cluster = FakeCluster(3, fails=lambda number: ModelMissing(model="x") if number > 2 else None)
    engine = engine_of(cluster)
    engine.renew()
    until(lambda: engine.places == 2 and len(cluster.started) > 4)
    time.sleep(0.1)
    assert engine.places == 2 and paint(engine, shot()).size == (64, 64)


def test_a_machine_that_joins_is_used(engine_of):
    cluster = FakeCluster(1)
    engine = engine_of(cluster)
    cluster.count = 3
    until(lambda: engine.places == 3)
    cluster.count = 1  # its replicas die, and wait for it to come back
    assert engine.places == 3


def test_closing_ends_every_replica_and_whoever_waits(engine_of, shot):
    held = Held()
    cluster = FakeCluster(1, lambda number: FakeEngine(at_step=held))
    engine = engine_of(cluster)
    failures = []

    def wait_in_line():
        try:
            paint(engine, shot())
        except ReplicaLost as error:
            failures.append(error)

    threads = [threading.Thread(target=wait_in_line) for _ in range(2)]
    for each in threads:
        each.start()
    assert held.begun.acquire(timeout=LIMIT_S)
    until(lambda: len(engine._replicas._waiting) == 1)
    engine.close()
    held.go.release()
    for each in threads:
        each.join(LIMIT_S)
    assert cluster.is_closed and all(each.dead.is_set() for each in cluster.started)
    assert len(failures) == 2 and not engine.is_ready


def test_how_the_replicas_are_stands_in_the_health(engine_of, shot):
    engine = engine_of(FakeCluster(2))
    paint(engine, shot("anime"))
    until(lambda: any(row["styles"] for row in engine.health.as_dict()["replicas"]))
    told = engine.health.as_dict()
    assert told["state"] == "ready" and [row["stage"] for row in told["replicas"]] == ["free"] * 2
    assert all(row["starts"] == 1 and row["pid"] for row in told["replicas"])
