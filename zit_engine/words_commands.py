"""`prompt` and `trades`: the form of the page that writes a prompt, for scripts.

Comes in: words of a command line. Goes out: the text on standard output, what is told about it on
standard error, so that it can be handed on: make "$(... prompt --trade cafe)".
"""

from typing import Annotated

import typer

from zit_engine.errors import InvalidRequest
from zit_engine.messages import LANGUAGES, say
from zit_engine.plan import composed
from zit_engine.request.form_fields import checked_form, language_of
from zit_engine.request.forms import write
from zit_engine.request.polish import Polished, polish
from zit_engine.request.trades import load_trades
from zit_engine.studio import Studio
from zit_engine.styles.catalogue import find
from zit_engine.terminal import open_studio, print_report

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Said = Annotated[str, typer.Option(help="A name the page offers, or words of your own.")]


def prompt(
    text: Annotated[str, typer.Argument(help="A text to refine, instead of a form.")] = "",
    trade: Annotated[str, typer.Option(help="An id or name of `trades`.")] = "",
    product: Annotated[str, typer.Option(help="Menu or product; several with commas.")] = "",
    mood: Said = "",
    season: Annotated[str, typer.Option(help="Season or event.")] = "",
    background: Said = "",
    refine: Annotated[bool, typer.Option("--polish", help="Add light, composition …")] = False,
    style: Annotated[str, typer.Option(help="The style it will be painted in.")] = "realistic",
    lang: Annotated[str, typer.Option(help="ko or en; left out: as the fields are.")] = "",
    as_json: Json = False,
) -> None:
    """Write a prompt from a few fields, or refine a text."""
    fields = {
        "trade": trade,
        "product": product,
        "mood": mood,
        "occasion": season,
        "background": background,
    }
    with open_studio(as_json) as studio:
        form, pocket = checked_form(fields), studio.engine.facts.base == "pocket"
        if lang not in ("", *LANGUAGES):
            raise InvalidRequest("lang", "words.lang_unknown", wanted=lang[:20])
        written = write(form, lang or language_of(form), pocket=pocket)
        typed, left_out = text or written.text, () if text else written.left_out
        if not typed:
            raise InvalidRequest("product", "words.preview_thing")
        done = _refined(studio, typed, form.trade, style) if refine else Polished(typed, (), "")
        report = {
            "prompt": done.text,
            "added": [pair.en for pair in done.added],
            "left_out": list(left_out),
            "sent": composed(done.text, find(studio.catalogue, style), studio.engine.facts.base),
        }
        for lang in LANGUAGES:
            if left_out:
                typer.echo(say("words.left_out", lang, words=", ".join(left_out)), err=True)
            if refine:
                parts = ", ".join(pair.said(lang) for pair in done.added)
                typer.echo(say(done.told, lang, parts=parts), err=True)
        print_report(report, as_json, done.text)


def trades(as_json: Json = False) -> None:
    """Trades with their products and example prompts for the running model."""
    with open_studio(as_json) as studio:
        pocket = studio.engine.facts.base == "pocket"
        rows = [
            {
                "id": trade.id,
                "ko": trade.ko,
                "en": trade.en,
                "products": [pair._asdict() for pair in trade.products_for(pocket)],
                "examples": [pair._asdict() for pair in trade.examples_for(pocket)],
            }
            for trade in load_trades().values()
        ]
        lines = (
            f"{trade.id:<12} {trade.ko} · {trade.en}: {trade.examples_for(pocket)[0].ko}"
            for trade in load_trades().values()
        )
        print_report(rows, as_json, "\n".join(lines))


def _refined(studio: Studio, text: str, trade: str, style: str) -> Polished:
    facts, chosen = studio.engine.facts, find(studio.catalogue, style)

    def fits(longer: str) -> bool:
        tokens = studio.engine.count_tokens(composed(longer, chosen, facts.base))
        return tokens <= facts.token_limit

    return polish(text, trade=trade, style=style, pocket=facts.base == "pocket", fits=fits)
