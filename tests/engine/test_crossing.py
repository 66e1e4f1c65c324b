"""What crosses to another process comes out as it went in."""

import pickle
import threading

import pytest
from PIL import Image

from tests.fake_engine import FakeEngine, gradient
from zit_engine import errors
from zit_engine.engine.base import Shot, Start
from zit_engine.engine.crossing import (
    collected,
    error_fields,
    error_of,
    painting,
    shot_fields,
    shot_of,
    streamed,
)
from zit_engine.errors import Cancelled, CheckpointRefused, EngineError, PromptTooLong, ZitError
from zit_engine.styles.style import Style

MADE = {
    "CheckpointRefused": CheckpointRefused("a.safetensors", "key", "1", "2"),
    "InvalidRequest": errors.InvalidRequest("size", "error.picture_size", width=1, step=16),
    "PromptTooLong": PromptTooLong(600, 512),
    "UnknownStyle": errors.UnknownStyle("x", "a, b"),
    "UnknownChannel": errors.UnknownChannel("x", "a, b"),
}
KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ZitError)
]


def over(data):
    """As a process elsewhere gets it."""
    return pickle.loads(pickle.dumps(data))


def shot_in(style, **more) -> Shot:
    return Shot("떡볶이", 64, 48, 7, style, 0.8, **more)


def test_a_shot_arrives_with_all_it_has(catalogue):
    picture = Image.linear_gradient("L").resize((64, 48))
    for mask in (None, picture):
        start = Start(picture.convert("RGB"), 0.5, mask)
        shot = shot_in(catalogue["anime"], variation_seed=3, variety=0.2, start=start)
        came = shot_of(over(shot_fields(shot)))
        assert came.start.picture.tobytes() == start.picture.tobytes()
        assert (came.start.mask and came.start.mask.tobytes()) == (mask and mask.tobytes())
        assert came.start.strength == 0.5
        assert gradient(came).tobytes() == gradient(shot).tobytes()
        assert (came.variation_seed, came.variety, came.adapter_weight) == (3, 0.2, 0.8)


def test_every_style_arrives_equal_mixes_too(catalogue):
    anime, oil = catalogue["anime"], catalogue["oil-painting"]
    mix = Style("mix", "섞기", "Mix", "", anime.files, parts=((anime, 0.5), (oil, 0.5)))
    for style in (*catalogue.values(), mix):
        came = shot_of(over(shot_fields(shot_in(style)))).style
        assert came.runs_on("pocket") == style.runs_on("pocket") and came.id == style.id
        assert dict(came.files) == dict(style.files)
        assert [(part.id, weight) for part, weight in came.parts] == [
            (part.id, weight) for part, weight in style.parts
        ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_gets_its_type_sentence_and_number_back(kind):
    error = MADE.get(kind.__name__) or kind(detail="more", kind="black")
    came = error_of(over(error_fields(error)))
    assert type(came) is kind
    assert (came.message_id, came.values) == (error.message_id, error.values)
    assert (came.detail, came.error_id) == (error.detail, error.error_id)
    assert getattr(came, "field", None) == getattr(error, "field", None)


def test_an_unknown_type_is_an_engine_error():
    for kind in ("Unheard", "secrets"):
        came = error_of({**error_fields(EngineError()), "kind": kind})
        assert type(came) is EngineError


def quiet(stream, on_step=lambda done, total: None, cancelled=lambda: False):
    return collected(stream, on_step, cancelled)


def test_steps_and_picture_come_through(catalogue):
    engine, shot, steps = FakeEngine(note="note.x"), shot_in(catalogue["anime"]), []
    stream = streamed(painting(engine.paint, shot_fields(shot)))
    picture = quiet(map_over(stream), lambda done, total: steps.append((done, total)))
    assert picture.tobytes() == gradient(shot).tobytes() and picture.info["note"] == "note.x"
    assert steps == [(step, 8) for step in range(1, 9)]


def map_over(stream):
    try:
        for item in stream:
            yield over(item)
    finally:
        stream.close()


def test_stopped_within_a_step_and_the_thread_ends(catalogue):
    engine, steps = FakeEngine(0.01), []
    stream = streamed(painting(engine.paint, shot_fields(shot_in(catalogue["anime"]))))
    with pytest.raises(Cancelled):
        quiet(stream, lambda done, total: steps.append(done), lambda: len(steps) >= 3)
    assert engine.steps_painted <= 4 and engine.now_painting == 0


def test_a_tick_is_a_chance_to_stop_but_not_after_the_last_step():
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        quiet(iter_of(("tick",)), cancelled=stop.is_set)
    image = ("image", b"\0\0\0", (1, 1), {})
    assert quiet(iter_of(("step", 8, 8), ("tick",), image), cancelled=stop.is_set).size == (1, 1)


def iter_of(*items):
    yield from items


def test_what_fails_there_is_raised_here(catalogue):
    def fails(shot, on_step, cancelled):
        raise ZeroDivisionError("deep")

    for paint, kind in ((fails, EngineError), (PromptFails(), PromptTooLong)):
        stream = streamed(painting(paint, shot_fields(shot_in(catalogue["anime"]))))
        with pytest.raises(kind) as failure:
            quiet(stream)
        assert type(failure.value) is kind


class PromptFails:
    def __call__(self, shot, on_step, cancelled):
        raise PromptTooLong(600, 512)


def test_a_stream_that_ends_without_a_picture_is_an_error():
    with pytest.raises(EngineError):
        quiet(iter_of(("step", 1, 8)))
