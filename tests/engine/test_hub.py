"""Progress rises only, and the cache is asked without a network."""

from zit_engine.engine.hub import _bar_telling, cached_snapshot


def test_fraction_rises_while_the_total_grows(capsys):
    told = []
    bar = _bar_telling(told.append)(total=100, unit="B")
    bar.update(50)
    bar.total = 400
    bar.update(50)
    bar.update(300)
    bar.close()
    assert told == [0.5, 0.5, 1.0]


def test_other_bars_tell_nothing(capsys):
    told = []
    bar = _bar_telling(told.append)(total=3, unit="it")
    bar.update(1)
    bar.close()
    assert told == []


def test_what_is_not_cached_is_none():
    assert cached_snapshot("nobody/never-fetched", "") is None
