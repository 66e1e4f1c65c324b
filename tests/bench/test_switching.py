"""The measurement of switching at its smallest; its figures are not judged here."""

from zit_engine.bench.switching import FEW, MANY, run


def test_the_measurement_tells_ratios_of_one_run():
    report = run(repeats=4)
    assert report["growth"] > 0 and report[f"p95_ms_of_{MANY}"] > 0
    assert 0 < report[f"share_of_unload_and_load_{FEW}"] < 1
