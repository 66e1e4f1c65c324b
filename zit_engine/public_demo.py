"""What ZIT_PUBLIC_DEMO allows at most: strangers share one card, and nobody looks after them.

Comes in: settings by name. Goes out: those to change.
"""

from collections.abc import Mapping

_CAPS = {
    "max_waiting": 30,
    "max_owner_waiting": 2,
    "owner_per_minute": 8,
    "address_per_minute": 600,
    "max_count": 2,
    "max_prompt_chars": 500,
    "keep_days": 1,
    "owner_mb": 50,
}


def demo_changes(values: Mapping[str, int]) -> dict[str, object]:
    """Each cap or what is set, where that is less; 0 means without end. No comparison tab."""
    caps = {name: min(values[name] or cap, cap) for name, cap in _CAPS.items()}
    return {**caps, "staff_tab": False}
