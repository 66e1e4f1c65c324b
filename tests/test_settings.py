"""Settings come from the environment and are told off by name."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from zit_engine.errors import SettingsError
from zit_engine.messages import explain
from zit_engine.settings import Settings, load_settings, setting_table


def test_defaults_suit_a_shop_that_set_nothing(monkeypatch):
    monkeypatch.delenv("ZIT_DATA_DIR")
    settings = load_settings()
    assert settings.model == "auto" and settings.port == 7860 and settings.host == ""
    assert settings.num_inference_steps == 8 and settings.link_minutes == 15
    assert settings.data_dir == Path.home() / ".local" / "share" / "zit-engine"
    assert settings.log_prompts is False


@pytest.mark.parametrize(
    ("name", "value", "field", "read"),
    [
        ("ZIT_MODEL", "pocket", "model", "pocket"),
        ("ZIT_STEPS", "9", "num_inference_steps", 9),
        ("ZIT_STAFF_TAB", "false", "staff_tab", False),
        ("ZIT_DATA_DIR", "/somewhere", "data_dir", Path("/somewhere")),
        ("GRADIO_SERVER_PORT", "9000", "port", 9000),
        ("GRADIO_SERVER_NAME", "0.0.0.0", "host", "0.0.0.0"),
    ],
)
def test_the_environment_is_read(monkeypatch, name, value, field, read):
    monkeypatch.setenv(name, value)
    assert getattr(load_settings(), field) == read


def test_our_name_wins_over_gradios(monkeypatch):
    monkeypatch.setenv("GRADIO_SERVER_PORT", "9000")
    monkeypatch.setenv("ZIT_PORT", "9001")
    assert load_settings().port == 9001


def test_an_argument_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("ZIT_MODEL", "auto")
    assert load_settings(model="pocket").model == "pocket"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZIT_PORT", "0"),
        ("ZIT_PORT", "70000"),
        ("ZIT_PORT", "kitchen"),
        ("ZIT_STEPS", "0"),
        ("ZIT_LINK_MINUTES", "16"),
        ("ZIT_KEEP_DAYS", "-1"),
        ("ZIT_MAX_WAITING", "many"),
        ("ZIT_STAFF_TAB", "perhaps"),
    ],
)
def test_a_wrong_value_is_told_with_its_name_in_both_languages(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as wrong:
        load_settings()
    for lang in ("ko", "en"):
        sentence = explain(wrong.value, lang)
        assert name in sentence and value in sentence


def test_settings_do_not_change_while_running(settings):
    with pytest.raises(ValidationError):
        settings.port = 1


def test_the_table_has_a_row_with_a_meaning_for_each_setting():
    rows = setting_table()
    assert len(rows) == len(Settings.model_fields)
    assert len({name for name, _, _ in rows}) == len(rows)
    for name, _, meaning in rows:
        assert name.startswith("ZIT_") and meaning


def test_a_public_demo_gives_strangers_little(monkeypatch):
    monkeypatch.setenv("ZIT_PUBLIC_DEMO", "true")
    demo = load_settings(owner_mb=0, max_owner_waiting=1, keep_days=30)
    assert (demo.keep_days, demo.max_count, demo.staff_tab) == (1, 2, False)
    assert (demo.owner_mb, demo.owner_per_minute, demo.max_waiting) == (50, 8, 30)
    assert demo.max_owner_waiting == 1  # set tighter stays tighter
    assert load_settings(public_demo=False).max_count == 4
