"""Process settings from the environment (ZIT_*). Nothing else reads the environment but host.py.

Comes in: environment variables. Goes out: one frozen Settings. Knows nothing of models or pages.
"""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from zit_engine.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


def _env(name: str, *others: str) -> AliasChoices:
    """ZIT_NAME first, then foreign names in order."""
    return AliasChoices(f"ZIT_{name}", *others)


class Settings(BaseSettings):
    """Every knob, with its help. README's table is checked against these fields."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    model: str = Field(
        "auto",
        validation_alias=_env("MODEL"),
        description="auto, pocket, a folder, or a hub repo such as Tongyi-MAI/Z-Image-Turbo",
    )
    model_revision: str = Field(
        "", validation_alias=_env("MODEL_REVISION"), description="hub commit or tag; empty: newest"
    )
    engine: Literal["z-image", "legacy-sdxl"] = Field(
        "z-image",
        validation_alias=_env("ENGINE"),
        description="z-image, or legacy-sdxl: the archived engine, for comparison only",
    )
    legacy_checkpoints: str = Field(
        "",
        validation_alias=_env("LEGACY_CHECKPOINTS"),
        description="folder of the archived engine's checkpoint folders; empty: the hub",
    )
    data_dir: Path = Field(
        Path.home() / ".local" / "share" / "zit-engine",
        validation_alias=_env("DATA_DIR"),
        description="results, history and the signing key (owner-only)",
    )
    host: str = Field(
        "",
        validation_alias=_env("HOST", "GRADIO_SERVER_NAME"),
        description="address to bind; empty: 127.0.0.1, on a Space 0.0.0.0",
    )
    port: int = Field(
        7860,
        ge=1,
        le=65535,
        validation_alias=_env("PORT", "GRADIO_SERVER_PORT"),
        description="port to bind",
    )
    max_waiting: int = Field(
        40, ge=1, validation_alias=_env("MAX_WAITING"), description="pictures that may wait in all"
    )
    max_owner_waiting: int = Field(
        8,
        ge=1,
        validation_alias=_env("MAX_OWNER_WAITING"),
        description="pictures one owner may have waiting",
    )
    max_prompt_chars: int = Field(
        2000, ge=10, validation_alias=_env("MAX_PROMPT_CHARS"), description="longest prompt"
    )
    num_inference_steps: int = Field(
        8,
        ge=1,
        le=50,
        validation_alias=_env("STEPS"),
        description="denoising steps; the model was distilled for 8",
    )
    clean_every: int = Field(
        5,
        ge=1,
        validation_alias=_env("CLEAN_EVERY"),
        description="pictures between two memory clean-ups",
    )
    fp8: bool = Field(
        False,
        validation_alias=_env("FP8"),
        description="as a last resort keep the transformer in 8 bits; pictures change a little",
    )
    gpu_gib: float = Field(
        0.0,
        ge=0.0,
        allow_inf_nan=False,
        validation_alias=_env("GPU_GIB"),
        description="use at most so much memory of the graphics card; 0: all of it",
    )
    style_gib: float = Field(
        0.0,
        ge=0.0,
        allow_inf_nan=False,
        validation_alias=_env("STYLE_GIB"),
        description="memory for style adapters, the least recently used let go; 0: all stay",
    )
    step_timeout_s: float = Field(
        120.0,
        ge=0.0,
        allow_inf_nan=False,
        validation_alias=_env("STEP_TIMEOUT"),
        description="seconds without a sign of life that end a hung process; 0: never",
    )
    cpu_threads: int = Field(
        0, ge=0, validation_alias=_env("CPU_THREADS"), description="torch threads; 0: all cores"
    )
    replicas: int = Field(
        0,
        ge=0,
        validation_alias=_env("REPLICAS"),
        description="engines side by side (needs ray); 0: one, or all a cluster has room for",
    )
    ray_address: str = Field(
        "",
        validation_alias=_env("RAY_ADDRESS"),
        description="host:port of a Ray cluster whose machines paint; empty: this machine alone",
    )
    replica_gpus: float = Field(
        1.0,
        gt=0.0,
        le=1.0,
        allow_inf_nan=False,
        validation_alias=_env("REPLICA_GPUS"),
        description="share of a graphics card each replica takes, where there are cards",
    )
    link_minutes: int = Field(
        15,
        ge=1,
        le=15,
        validation_alias=_env("LINK_MINUTES"),
        description="how long a picture link works",
    )
    keep_days: int = Field(
        30, ge=1, validation_alias=_env("KEEP_DAYS"), description="days until a picture is deleted"
    )
    owner_mb: int = Field(
        500,
        ge=0,
        validation_alias=_env("OWNER_MB"),
        description="megabytes of pictures one owner may keep; 0: no limit",
    )
    least_free_mb: int = Field(
        500,
        ge=0,
        validation_alias=_env("LEAST_FREE_MB"),
        description="megabytes the disk must have free for a new picture to be taken on",
    )
    drain_s: float = Field(
        25.0,
        ge=0.0,
        allow_inf_nan=False,
        validation_alias=_env("DRAIN_S"),
        description="seconds to deliver what was accepted when told to stop; the rest is kept",
    )
    resume_minutes: int = Field(
        60,
        ge=0,
        validation_alias=_env("RESUME_MINUTES"),
        description="after a restart older waiting pictures are told as interrupted, not painted",
    )
    metrics_token: str = Field(
        "",
        validation_alias=_env("METRICS_TOKEN"),
        description="bearer token that opens /metrics from elsewhere; empty: this machine only",
    )
    c2pa_cert: str = Field(
        "",
        validation_alias=_env("C2PA_CERT"),
        description="PEM file of the own certificate chain that signs pictures (C2PA); empty: none",
    )
    c2pa_key: str = Field(
        "",
        validation_alias=_env("C2PA_KEY"),
        description="PEM file of the private key of that certificate",
    )
    staff_tab: bool = Field(
        True, validation_alias=_env("STAFF_TAB"), description="show the style comparison tab"
    )
    self_test: bool = Field(
        True,
        validation_alias=_env("SELF_TEST"),
        description="prove in the first idle moment that styles leave no trace",
    )
    segment_model: str = Field(
        "",
        validation_alias=_env("SEGMENT_MODEL"),
        description="ONNX file of a model that finds products in photos; empty: plain backdrops",
    )
    policy: bool = Field(
        True,
        validation_alias=_env("POLICY"),
        description="refuse sexual, hateful, real-person and counterfeit prompts",
    )
    policy_file: str = Field(
        "",
        validation_alias=_env("POLICY_FILE"),
        description="TOML file of own words beside those of request/policy.toml",
    )
    log_prompts: bool = Field(
        False, validation_alias=_env("LOG_PROMPTS"), description="write prompts to the log"
    )


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; `overrides` win. Raises SettingsError naming key and value."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic at run time
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        raise SettingsError(
            name=name, value=first.get("input"), hint=first["msg"], detail=str(error)
        ) from error


def setting_table() -> list[tuple[str, str, str]]:
    """(environment name, default, help) for each setting, in declaration order."""
    rows = []
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        name = str(alias.choices[0]) if isinstance(alias, AliasChoices) else str(alias)
        rows.append((name, str(field.default), field.description or ""))
    return rows
