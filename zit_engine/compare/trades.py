"""Which trade an example text belongs to. Comes in: a text or a trade's id. Goes out: its id or its
name. It knows nothing of votes.
"""

from zit_engine.request.subjects import load_examples
from zit_engine.settings import ROOT


def trade_of(prompt: str) -> str:
    """The trade whose example `prompt` is, "" for a text of somebody's own."""
    for trade in load_examples(ROOT / "assets" / "pocket"):
        if any(prompt in (example["ko"], example["en"]) for example in trade["prompts"]):
            return str(trade["id"])
    return ""


def trade_title(trade_id: str) -> tuple[str, str]:
    """(Korean, English) name of a trade; its id where it is not known any more."""
    for trade in load_examples(ROOT / "assets" / "pocket"):
        if trade["id"] == trade_id:
            return str(trade["ko"]), str(trade["en"])
    return trade_id, trade_id
