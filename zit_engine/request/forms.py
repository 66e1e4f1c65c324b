"""A form's few fields become a prompt in natural Korean or English.

Comes in: a checked Form and a language. Goes out: the text, and typed words it does not hold.
Sentences are data (forms.toml); the same fields always give the same text.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from zit_engine.request.form_fields import (
    Choice,
    Form,
    chosen,
    filled,
    joined,
    products,
    table,
)
from zit_engine.request.trades import Pair, load_trades


@dataclass(frozen=True, slots=True)
class Written:
    """`text` is "" while too little is filled in. `left_out`: typed words it does not hold."""

    text: str
    left_out: tuple[str, ...] = ()


def write(form: Form, lang: str, *, pocket: bool = False) -> Written:
    """`form` as a prompt in `lang`; `pocket`: in the few words such a model knows."""
    return _in_few_words(form, lang) if pocket else Written(_in_sentences(form, lang))


def _in_sentences(form: Form, lang: str) -> str:
    trade = load_trades().get(form.trade)
    product, place = joined(products(form, lang), lang), trade.place.said(lang) if trade else ""
    if place and not product:
        # The place is then what is to be seen, and is not named a second time.
        product, place = filled("place_alone", lang, place=place), ""
    seen = _before_backdrop(product, _said(form, "background", lang), lang)
    felt = [
        _feeling(_said(form, "mood", lang), place, lang, is_named=bool(product)),
        _occasion(form, lang),
    ]
    feeling = filled("comma", lang, so_far=felt[0], next=felt[1]) if all(felt) else "".join(felt)
    return " ".join(f"{_capital(part)}." for part in (seen, feeling) if part)


def _before_backdrop(product: str, background: str, lang: str) -> str:
    if not product or not background:
        return product or background
    name = "backdrop_named" if _ends(background, "backdrop_ends", lang) else "backdrop"
    return filled(name, lang, product=product, background=background)


def _feeling(mood: str, place: str, lang: str, *, is_named: bool) -> str:
    if not mood:
        return filled("place_mood", lang, place=place) if place and is_named else ""
    has_noun = _ends(mood, "mood_ends", lang)
    if place:
        return filled(
            "mood_place_named" if has_noun else "mood_place", lang, mood=mood, place=place
        )
    return filled("mood_named" if has_noun else "mood_alone", lang, mood=mood)


def _occasion(form: Form, lang: str) -> str:
    said = _said(form, "occasion", lang)
    is_whole = chosen(form, "occasion") is not None or _ends(said, "occasion_ends", lang)
    return said if is_whole or not said else filled("occasion", lang, occasion=said)


def _said(form: Form, field: str, lang: str) -> str:
    """The words for what was chosen there, else what was typed."""
    choice = chosen(form, field)
    typed: str = getattr(form, field)
    return choice.words.said(lang) if choice else typed


def _ends(text: str, name: str, lang: str) -> bool:
    ends: list[str] = table()[lang][name]
    return text.casefold().endswith(tuple(ends))


def _capital(sentence: str) -> str:
    """A capital for the first word, unless it has one of its own inside (iPhone)."""
    first = sentence.split(" ", 1)[0]
    return sentence[0].upper() + sentence[1:] if first.islower() else sentence


def _in_few_words(form: Form, lang: str) -> Written:
    trade, most = load_trades().get(form.trade), table()["pocket"]["most_objects"]
    things = products(form, lang)
    if trade and not things:
        things = [trade.pocket_products[0].said(lang)]
    things, spare = things[:most], things[most:]
    backdrop, used = _pocket_backdrop(form, lang)
    occasion = chosen(form, "occasion", pocket=True)
    if occasion and occasion.pocket_object and 0 < len(things) < most:
        things = list(dict.fromkeys([*things, occasion.pocket_object.said(lang)]))
        used |= {"occasion"}
    if not things:
        return Written("")
    typed = {name: getattr(form, name) for name in ("mood", "occasion", "background")}
    left_out = [*spare, *(text for name, text in typed.items() if text and name not in used)]
    text = filled("comma", lang, so_far=joined(things, lang), next=backdrop)
    return Written(text, tuple(left_out))


def _pocket_backdrop(form: Form, lang: str) -> tuple[str, set[str]]:
    """The backdrop in words that can be drawn, and the field it comes from: what was asked for,
    else what suits the occasion, else the mood."""
    backdrop = _drawable(form.background, chosen(form, "background", pocket=True), lang)
    if backdrop:
        return backdrop, {"background"}
    for field in ("occasion", "mood"):
        choice = chosen(form, field, pocket=True)
        if choice and choice.pocket_backdrop:
            return choice.pocket_backdrop.said(lang), {field}
    return Pair(*table()["pocket"]["plain"]).said(lang), set()


def _drawable(background: str, choice: Choice | None, lang: str) -> str:
    """`background` where it names a colour the model knows, else ""."""
    if choice:
        return choice.name.said(lang)
    words: Mapping[str, list[list[str]]] = table()["pocket"]
    typed = background.casefold()
    colour = next((Pair(*pair) for pair in words["colours"] if any(n in typed for n in pair)), None)
    if colour is None:
        return ""
    if typed.endswith(tuple(table()["pocket"]["backdrop_words"])):
        return background
    return Pair(*table()["pocket"]["backdrop"]).said(lang).format(colour=colour.said(lang))
