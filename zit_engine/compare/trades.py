"""Which trade an example text belongs to. Comes in: a text or a trade's id. Goes out: its id or its
name. It knows nothing of votes.
"""

from zit_engine.request.trades import load_trades


def trade_of(prompt: str) -> str:
    """The trade whose example `prompt` is, "" for a text of somebody's own."""
    for trade in load_trades().values():
        if any(prompt in pair for pair in (*trade.pocket_examples, *trade.examples)):
            return trade.id
    return ""


def trade_title(trade_id: str) -> tuple[str, str]:
    """(Korean, English) name of a trade; its id where it is not known any more."""
    trade = load_trades().get(trade_id)
    return (trade.ko, trade.en) if trade else (trade_id, trade_id)
