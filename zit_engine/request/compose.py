"""From the typed prompt to the prompt the model reads.

Comes in: the typed prompt and a style's trigger words. Goes out: one string.
"""

import re

# Syllables, compatibility letters and the two blocks of conjoining letters.
_HANGUL = re.compile("[\uac00-\ud7a3\u3131-\u318e\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")


def has_hangul(text: str) -> bool:
    """True when any Korean letter is in `text`."""
    return _HANGUL.search(text) is not None


def model_prompt(prompt: str, trigger: str, trigger_ko: str) -> str:
    """`trigger, prompt`; the Korean trigger when the prompt is Korean and there is one."""
    chosen = trigger_ko if trigger_ko and has_hangul(prompt) else trigger
    return f"{chosen}, {prompt}" if chosen else prompt
