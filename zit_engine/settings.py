"""Process settings from the environment (ZIT_*). Nothing else reads the environment but host.py.

Comes in: environment variables. Goes out: one frozen Settings. Knows nothing of models or pages.
"""

from pathlib import Path

from pydantic import AliasChoices, Field, ValidationError

from zit_engine.engine_settings import EngineSettings, env
from zit_engine.errors import SettingsError
from zit_engine.public_demo import demo_changes

ROOT = Path(__file__).resolve().parent.parent


class Settings(EngineSettings):
    """Every knob, with its help. README's table is checked against these fields."""

    data_dir: Path = Field(
        Path.home() / ".local" / "share" / "zit-engine",
        validation_alias=env("DATA_DIR"),
        description="results, history and the signing key (owner-only)",
    )
    host: str = Field(
        "",
        validation_alias=env("HOST", "GRADIO_SERVER_NAME"),
        description="address to bind; empty: 127.0.0.1, on a Space 0.0.0.0",
    )
    port: int = Field(
        7860,
        ge=1,
        le=65535,
        validation_alias=env("PORT", "GRADIO_SERVER_PORT"),
        description="port to bind",
    )
    max_waiting: int = Field(
        40, ge=1, validation_alias=env("MAX_WAITING"), description="pictures that may wait in all"
    )
    max_owner_waiting: int = Field(
        8,
        ge=1,
        validation_alias=env("MAX_OWNER_WAITING"),
        description="pictures one owner may have waiting",
    )
    owner_per_minute: int = Field(
        40,
        ge=0,
        validation_alias=env("OWNER_PER_MINUTE"),
        description="pictures one owner may ask for in a minute; 0: no limit",
    )
    address_per_minute: int = Field(
        1200,
        ge=0,
        validation_alias=env("ADDRESS_PER_MINUTE"),
        description="requests from one address in a minute, this machine's own not counted; 0: any",
    )
    trusted_proxies: str = Field(
        "",
        validation_alias=env("TRUSTED_PROXIES"),
        description="addresses or networks of proxies believed about whom they speak for, by comma",
    )
    max_prompt_chars: int = Field(
        2000, ge=10, validation_alias=env("MAX_PROMPT_CHARS"), description="longest prompt"
    )
    link_minutes: int = Field(
        15,
        ge=1,
        le=15,
        validation_alias=env("LINK_MINUTES"),
        description="how long a picture link works",
    )
    keep_days: int = Field(
        30, ge=1, validation_alias=env("KEEP_DAYS"), description="days until a picture is deleted"
    )
    owner_mb: int = Field(
        500,
        ge=0,
        validation_alias=env("OWNER_MB"),
        description="megabytes of pictures one owner may keep; 0: no limit",
    )
    least_free_mb: int = Field(
        500,
        ge=0,
        validation_alias=env("LEAST_FREE_MB"),
        description="megabytes the disk must have free for a new picture to be taken on",
    )
    drain_s: float = Field(
        25.0,
        ge=0.0,
        allow_inf_nan=False,
        validation_alias=env("DRAIN_S"),
        description="seconds to deliver what was accepted when told to stop; the rest is kept",
    )
    resume_minutes: int = Field(
        60,
        ge=0,
        validation_alias=env("RESUME_MINUTES"),
        description="after a restart older waiting pictures are told as interrupted, not painted",
    )
    metrics_token: str = Field(
        "",
        validation_alias=env("METRICS_TOKEN"),
        description="bearer token that opens /metrics from elsewhere; empty: this machine only",
    )
    c2pa_cert: str = Field(
        "",
        validation_alias=env("C2PA_CERT"),
        description="PEM file of the own certificate chain that signs pictures (C2PA); empty: none",
    )
    c2pa_key: str = Field(
        "",
        validation_alias=env("C2PA_KEY"),
        description="PEM file of the private key of that certificate",
    )
    staff_tab: bool = Field(
        True, validation_alias=env("STAFF_TAB"), description="show the style comparison tab"
    )
    self_test: bool = Field(
        True,
        validation_alias=env("SELF_TEST"),
        description="prove in the first idle moment that styles leave no trace",
    )
    policy: bool = Field(
        True,
        validation_alias=env("POLICY"),
        description="refuse sexual, hateful, real-person and counterfeit prompts",
    )
    policy_file: str = Field(
        "",
        validation_alias=env("POLICY_FILE"),
        description="TOML file of own words beside those of request/policy.toml",
    )
    login_file: str = Field(
        "",
        validation_alias=env("LOGIN_FILE"),
        description="file of names and password hashes, made by `login add`; empty: no login",
    )
    oauth: bool = Field(
        False,
        validation_alias=env("OAUTH"),
        description="on a Space: offer signing in with the hub; the history follows the person",
    )
    max_count: int = Field(
        4,
        ge=1,
        le=4,
        validation_alias=env("MAX_COUNT"),
        description="pictures one press may ask for",
    )
    public_demo: bool = Field(
        False,
        validation_alias=env("PUBLIC_DEMO"),
        description="open to strangers: few pictures each, kept a day, no comparison tab",
    )
    log_prompts: bool = Field(
        False, validation_alias=env("LOG_PROMPTS"), description="write prompts to the log"
    )


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; `overrides` win. Raises SettingsError naming key and value."""
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        raise SettingsError(
            name=name, value=first.get("input"), hint=first["msg"], detail=str(error)
        ) from error
    changes = demo_changes(settings.model_dump()) if settings.public_demo else {}
    return settings.model_copy(update=changes)


def setting_table() -> list[tuple[str, str, str]]:
    """(environment name, default, help) for each setting, in declaration order."""
    rows = []
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        name = str(alias.choices[0]) if isinstance(alias, AliasChoices) else str(alias)
        rows.append((name, str(field.default), field.description or ""))
    return rows
