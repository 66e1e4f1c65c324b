"""How much of a prompt CLIP reads. Comes in: a CLIP tokenizer and a prompt. Goes out: counts.

CLIP has 77 places, two of them for start and end; what does not fit is cut. It knows nothing of
pictures.
"""

from typing import Any

CLIP_READS = 77
_ENDS = 2
# A prompt without spaces is one word; the sentence about it must stay readable.
_LONGEST_SHOWN = 20


def clip_token_count(tokenizer: Any, prompt: str) -> int:
    """Tokens of the whole prompt with start and end, uncut."""
    # verbose=False: the tokenizer would warn about length, and the caller tells it.
    return len(tokenizer(prompt, verbose=False)["input_ids"])


def words_cut(tokenizer: Any, prompt: str) -> dict[str, object] | None:
    """The values of the sentence note.words_cut, or None when everything is read.

    kept and dropped count words between spaces; a word of which only the beginning fits is
    counted as dropped, because it is not read as the person wrote it.
    """
    if clip_token_count(tokenizer, prompt) <= CLIP_READS:
        return None
    words = prompt.split()
    # Spaces always part two tokens in CLIP, so the words' own counts add up to the prompt's.
    lengths = [len(ids) for ids in tokenizer(words, add_special_tokens=False)["input_ids"]]
    kept, left = 0, CLIP_READS - _ENDS
    while kept < len(words) - 1 and lengths[kept] <= left:
        left -= lengths[kept]
        kept += 1
    first = words[kept]
    shown = first if len(first) <= _LONGEST_SHOWN else first[: _LONGEST_SHOWN - 1] + "…"
    return {
        "limit": CLIP_READS,
        "kept": kept,
        "dropped": len(words) - kept,
        "first_dropped": shown,
    }
