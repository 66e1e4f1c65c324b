"""What a person may set about the model, its memory and its replicas (ZIT_*).

Comes in: environment variables. Goes out: the fields of Settings that rule how pictures are
painted. It knows no people and no pages.
"""

from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def env(name: str, *others: str) -> AliasChoices:
    """ZIT_NAME first, then foreign names in order."""
    return AliasChoices(f"ZIT_{name}", *others)


class EngineSettings(BaseSettings):
    """The first part of Settings."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    model: str = Field(
        "auto",
        validation_alias=env("MODEL"),
        description="auto, pocket, a folder, or a hub repo such as Tongyi-MAI/Z-Image-Turbo",
    )
    model_revision: str = Field(
        "", validation_alias=env("MODEL_REVISION"), description="hub commit or tag; empty: newest"
    )
    engine: Literal["z-image", "legacy-sdxl"] = Field(
        "z-image",
        validation_alias=env("ENGINE"),
        description="z-image, or legacy-sdxl: the archived engine, for comparison only",
    )
    legacy_checkpoints: str = Field(
        "",
        validation_alias=env("LEGACY_CHECKPOINTS"),
        description="folder of the archived engine's checkpoint folders; empty: the hub",
    )
    num_inference_steps: int = Field(
        8,
        ge=1,
        le=50,
        validation_alias=env("STEPS"),
        description="denoising steps; the model was distilled for 8",
    )
    clean_every: int = Field(
        5,
        ge=1,
        validation_alias=env("CLEAN_EVERY"),
        description="pictures between two memory clean-ups",
    )
    fp8: bool = Field(
        False,
        validation_alias=env("FP8"),
        description="as a last resort keep the transformer in 8 bits; pictures change a little",
    )
    gpu_gib: float = Field(
        0.0,
        ge=0.0,
        allow_inf_nan=False,
        validation_alias=env("GPU_GIB"),
        description="use at most so much memory of the graphics card; 0: all of it",
    )
    style_gib: float = Field(
        0.0,
        ge=0.0,
        allow_inf_nan=False,
        validation_alias=env("STYLE_GIB"),
        description="memory for style adapters, the least recently used let go; 0: all stay",
    )
    step_timeout_s: float = Field(
        120.0,
        ge=0.0,
        allow_inf_nan=False,
        validation_alias=env("STEP_TIMEOUT"),
        description="seconds without a sign of life that end a hung process; 0: never",
    )
    cpu_threads: int = Field(
        0, ge=0, validation_alias=env("CPU_THREADS"), description="torch threads; 0: all cores"
    )
    exact: bool = Field(
        False,
        validation_alias=env("EXACT"),
        description="paint as plain diffusers does, byte for byte; slower",
    )
    compiled: Literal["auto", "on", "off"] = Field(
        "auto",
        validation_alias=env("COMPILE"),
        description="compile the model's main layers and decoder; auto: on an NVIDIA card",
    )
    replicas: int = Field(
        0,
        ge=0,
        validation_alias=env("REPLICAS"),
        description="engines side by side (needs ray); 0: one, or all a cluster has room for",
    )
    ray_address: str = Field(
        "",
        validation_alias=env("RAY_ADDRESS"),
        description="host:port of a Ray cluster whose machines paint; empty: this machine alone",
    )
    replica_gpus: float = Field(
        1.0,
        gt=0.0,
        le=1.0,
        allow_inf_nan=False,
        validation_alias=env("REPLICA_GPUS"),
        description="share of a graphics card each replica takes, where there are cards",
    )
    segment_model: str = Field(
        "",
        validation_alias=env("SEGMENT_MODEL"),
        description="ONNX file of a model that finds products in photos; empty: plain backdrops",
    )
