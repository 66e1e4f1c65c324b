"""Only the newest answer of a page is shown."""

from zit_engine.web.turns import Turns


def test_a_later_question_overtakes_an_earlier_one_of_the_same_page():
    turns = Turns()
    turns.ask("a", 1)
    assert not turns.is_overtaken("a", 1)
    turns.ask("a", 3)
    turns.ask("a", 2)
    assert turns.is_overtaken("a", 1) and turns.is_overtaken("a", 2)
    assert not turns.is_overtaken("a", 3) and not turns.is_overtaken("b", 1)


def test_pages_are_forgotten_and_nothing_grows():
    turns = Turns()
    for number in range(3000):
        turns.ask(str(number), 9)
    assert not turns.is_overtaken("0", 1) and turns.is_overtaken("2999", 1)
