"""The measurement of variety at its smallest: pictures become others and keep to their subject.

How much more they differ is a figure for the bench: on the embedded model it is a few per cent."""

from zit_engine.bench.variety import run


def test_pictures_of_one_prompt_become_others_and_keep_their_subject():
    report = run(prompts=1, seeds=3, strengths=(0.0, 0.5))
    rows = report["strengths"]
    assert list(rows) == ["0", "0.5"]
    assert rows["0"]["distance_ratio"] == 1.0 and rows["0.5"]["distance_ratio"] != 1.0
    assert rows["0.5"]["distance_ratio"] > 0.9
    assert all(row["subject_kept"] >= 2 / 3 for row in rows.values())
