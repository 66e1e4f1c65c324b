"""Blind voting from question to result; nothing that is shown betrays a style."""

import io

import pytest
from PIL import Image

from tests.compare.test_grid import LIMIT_S
from tests.fake_engine import FakeEngine
from zit_engine.compare.ballots import Mode
from zit_engine.compare.grid import paint_missing, planned_grid
from zit_engine.compare.grids import Grids
from zit_engine.compare.trades import trade_of, trade_title
from zit_engine.compare.vote_desk import VoteDesk
from zit_engine.errors import JobNotFound, RequestError
from zit_engine.request.trades import load_trades
from zit_engine.store.files import owner_key

SECRET = b"k" * 32


@pytest.fixture
def voted_on(make_studio):
    """(desk, grid, studio): one text, one number, every style of the fake engine."""
    studio = make_studio(FakeEngine(render_area=96 * 96))
    grid, job = paint_missing(studio, "qa", planned_grid(studio, {"prompts": "수박", "seeds": "7"}))
    job.wait(LIMIT_S)
    Grids(studio.settings.data_dir).save("qa", grid)
    desk = VoteDesk(studio, SECRET)
    yield desk, grid, studio
    desk.close()


def pixels(data: bytes) -> tuple[int, int, int]:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB").getpixel((2, 2))


def shown_style(desk, grid, studio, voter, token) -> str:
    """Which style a token shows, told by the colours alone, as somebody looking would."""
    seen = pixels(desk.picture(grid.id, owner_key(voter), token))
    apart = {}
    for result in studio.history.of_jobs("qa", grid.jobs):
        with Image.open(studio.files.path_of("qa", result.job_id, result.name)) as picture:
            own = picture.convert("RGB").resize((768, 768)).getpixel((2, 2))
        apart[result.request.style] = sum(abs(a - b) for a, b in zip(own, seen, strict=True))
    return min(apart, key=apart.get)


@pytest.mark.parametrize("mode", Mode)
def test_whoever_always_chooses_one_style_makes_it_win(voted_on, mode):
    desk, grid, studio = voted_on
    for voter in ("ann", "ben"):
        while (asked := desk.question(grid.id, voter, mode)).ballot is not None:
            ballot = asked.ballot
            styles = [shown_style(desk, grid, studio, voter, token) for token in ballot.tokens]
            at = styles.index("anime") if "anime" in styles else None
            token = ballot.tokens[at] if at is not None else None
            desk.cast(grid.id, voter, mode, ballot.id, token, ["colour"])
        assert asked.done == asked.total > 0
    counted, by_prompt, by_trade = desk.result(grid.id)
    rows = {row.style: row for row in counted.styles}
    assert rows["anime"].wins == rows["anime"].shown > 0
    assert max(counted.styles, key=lambda row: row.strength or 0).style == "anime"
    assert dict(rows["anime"].reasons) == {"colour": rows["anime"].wins}
    assert list(by_prompt) == ["수박"] and by_prompt["수박"] == counted and list(by_trade) == [""]


def test_a_picture_tells_nothing_but_its_pixels(voted_on):
    desk, grid, studio = voted_on
    ballot = desk.question(grid.id, "ann", Mode.BEST).ballot
    for token in ballot.tokens:
        data = desk.picture(grid.id, owner_key("ann"), token)
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.format == "WEBP" and picture.size == (768, 768)
            assert set(picture.info) <= {"loop", "background", "timestamp", "duration"}
        for style in studio.catalogue.values():
            for name in (style.id, style.ko, style.en):
                assert name.encode() not in data
    assert not any(style in repr(ballot) for style in grid.styles)


def test_tokens_open_pictures_for_their_voter_only(voted_on):
    desk, grid, _ = voted_on
    token = desk.question(grid.id, "ann", Mode.PAIR).ballot.tokens[0]
    for grid_id, voter, given in [
        (grid.id, "ben", token),
        (grid.id, "ann", "0" * 32),
        ("b" * 32, "ann", token),
    ]:
        with pytest.raises(JobNotFound):
            desk.picture(grid_id, owner_key(voter), given)


def test_undo_asks_the_same_question_again(voted_on):
    desk, grid, _ = voted_on
    first = desk.question(grid.id, "ann", Mode.PAIR)
    assert not first.can_undo and not desk.undo(grid.id, "ann")
    desk.cast(grid.id, "ann", Mode.PAIR, first.ballot.id, first.ballot.tokens[1], [])
    second = desk.question(grid.id, "ann", Mode.PAIR)
    assert second.done == 1 and second.ballot.id != first.ballot.id and second.can_undo
    assert desk.undo(grid.id, "ann")
    assert desk.question(grid.id, "ann", Mode.PAIR) == first


def test_votes_nobody_was_asked_for_are_refused(voted_on):
    desk, grid, _ = voted_on
    ballots = [desk.question(grid.id, voter, Mode.PAIR).ballot for voter in ("ann", "ben")]
    wrong = [
        (ballots[1].id, ballots[1].tokens[0], []),
        (ballots[0].id, ballots[1].tokens[0], []),
        (ballots[0].id, "anime", []),
        (ballots[0].id, ballots[0].tokens[0], ["sound"]),
        ("", None, []),
    ]
    for ballot_id, token, reasons in wrong:
        with pytest.raises(RequestError):
            desk.cast(grid.id, "ann", Mode.PAIR, ballot_id, token, reasons)
    assert desk.result(grid.id)[0].votes == 0
    with pytest.raises(JobNotFound):
        desk.question("b" * 32, "ann", Mode.PAIR)


def test_none_of_them_is_a_vote_too(voted_on):
    desk, grid, _ = voted_on
    ballot = desk.question(grid.id, "ann", Mode.BEST).ballot
    desk.cast(grid.id, "ann", Mode.BEST, ballot.id, None, ["odd"])
    counted = desk.result(grid.id)[0]
    assert (counted.votes, counted.undecided) == (1, 1)


def test_an_examples_trade_is_known():
    for trade in load_trades().values():
        assert trade_of(trade.pocket_examples[0].ko) == trade.id
        assert trade_of(trade.examples[0].en) == trade.id
    assert trade_of("나만의 글") == ""


def test_a_trade_has_a_name_in_both_languages():
    for trade_id in load_trades():
        ko, en = trade_title(trade_id)
        assert any("가" <= letter <= "힣" for letter in ko) and en and en != ko
    assert trade_title("gone") == ("gone", "gone")
