"""Where this process runs: a person's machine, a GPU Space or ZeroGPU.

The only reader of the hosting variables, and the stand-in for the optional `spaces` package.
"""

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

_PRIVATE_NETWORKS = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
Function = TypeVar("Function", bound=Callable[..., Any])


class Host(StrEnum):
    LOCAL = "local"
    SPACE = "space"
    ZERO_GPU = "zero_gpu"


def detect_host(environment: Mapping[str, str] | None = None) -> Host:
    """ZeroGPU sets SPACES_ZERO_GPU, every Space sets SPACE_ID (Hub documentation)."""
    env = os.environ if environment is None else environment
    if env.get("SPACES_ZERO_GPU", "").lower() in ("1", "true", "t"):
        return Host.ZERO_GPU
    return Host.SPACE if env.get("SPACE_ID") else Host.LOCAL


def bind_address(configured: str, host: Host) -> str:
    """The address to listen on: as configured, else loopback at home and all on a Space."""
    if configured:
        return configured
    return "127.0.0.1" if host is Host.LOCAL else "0.0.0.0"  # noqa: S104 - a Space is a container


def gpu_function(**options: Any) -> Callable[[Function], Function]:
    """`spaces.GPU(**options)` on ZeroGPU, otherwise a decorator that changes nothing."""

    def decorate(function: Function) -> Function:
        if detect_host() is not Host.ZERO_GPU:
            return function
        import spaces  # only a ZeroGPU host has it

        decorated: Function = spaces.GPU(**options)(function)
        return decorated

    return decorate


def set_temp_folder(folder: Path) -> None:
    """Gradio keeps passing files there; by itself it would share one folder with every process."""
    os.environ["GRADIO_TEMP_DIR"] = str(folder)


def trust_proxies(listed: str, host: Host) -> None:
    """Believe X-Forwarded-For of these addresses or networks only. Called before the server starts.

    uvicorn by itself believes whatever speaks from this machine, so a proxy here that passes the
    header on unread would let anybody choose an address. A Space is reached only through the hub's
    own proxies, which stand in private networks.
    """
    is_settled = bool(listed) or host is Host.LOCAL
    os.environ["FORWARDED_ALLOW_IPS"] = listed if is_settled else _PRIVATE_NETWORKS
