"""How events go through Gradio: all private, and none waits behind another.

Comes in: nothing. Goes out: keyword arguments of Gradio's event listeners.
"""

from typing import Any

PRIVATE: dict[str, Any] = {
    "api_visibility": "private",
    "concurrency_limit": None,
    "show_progress": "hidden",
}
# While one letter is counted others are typed: only the newest text matters then.
NEWEST: dict[str, Any] = {**PRIVATE, "trigger_mode": "always_last"}
# Two presses from one page may overlap (again while painting); both only watch.
MANY: dict[str, Any] = {**PRIVATE, "trigger_mode": "multiple"}
