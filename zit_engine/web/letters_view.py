"""What «add text» shows beside its form: the picture with its words, the frame, what was made.

Comes in: set-out pictures, results and links. Goes out: HTML strings. It starts nothing and reads
no file.
"""

import base64
import io
from collections.abc import Iterable, Sequence

from PIL import Image

from zit_engine.deliver import Setout
from zit_engine.errors import ZitError
from zit_engine.messages import LANGUAGES, say
from zit_engine.request.ad_request import AdResult
from zit_engine.request.channels import Channel, find_channel, load_channels
from zit_engine.web.markup import both, both_error, escape, in_both, labelled, labelled_text
from zit_engine.web.present import Tiles
from zit_engine.wishes import Kept, Made

# 720 px at 80 weigh 40-90 KB: on the way in less time than they take to set.
_QUALITY = 80
_FRAME_SIDE = 360
_LOGO_SIDE = 192
# Said by the rule of a place already.
_IN_RULES = ("export.text_left_out", "export.logo_left_out", "export.label_left_out")


def picture_url(image: Image.Image, quality: int = _QUALITY) -> str:
    """`image` as a data URL: a preview is nobody's file and leaves no trace on the disk."""
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def strip(results: Iterable[AdResult], chosen: tuple[str, str] | None, tiles: Tiles) -> str:
    """Recent pictures to choose from; "" chosen: none yet."""
    buttons = "".join(_choice(result, chosen, tiles) for result in results)
    if not buttons:
        return f'<div class="empty small"><p>{both("letters.pick_empty")}</p></div>'
    return (
        f'<h2>{both("letters.pick")}</h2><div class="strip" role="group" '
        f"{labelled('aria-label', 'letters.pick')}>{buttons}</div>"
    )


def _choice(result: AdResult, chosen: tuple[str, str] | None, tiles: Tiles) -> str:
    is_chosen = chosen == (result.job_id, result.name)
    return (
        f'<button type="button" class="thumb" aria-pressed="{str(is_chosen).lower()}" '
        f'data-job="{escape(result.job_id)}" data-name="{escape(result.name)}">'
        f'<img src="{escape(tiles.link(result))}" loading="lazy" width="72" height="72" '
        f"{tiles.alt(result.request)}></button>"
    )


def empty_stage() -> str:
    return f'<div class="empty small"><p>{both("letters.stage_empty")}</p></div>'


def stage(
    setout: Setout, channel: Channel, chosen: Sequence[str], colours: Sequence[str], turn: int
) -> str:
    """The preview of `channel`, the other `chosen` places a tap away, with what there is to say;
    data for letters.js in its attributes."""
    left, top, right, bottom = setout.box
    notes = _notes(setout, channel)
    width, height = setout.image.size
    return (
        f'<div class="stage" data-turn="{turn}" data-channel="{channel.id}" '
        f'data-colours="{",".join(colours)}" '
        f'data-box="{left:.4f},{top:.4f},{right:.4f},{bottom:.4f}" '
        f'data-extended="{str(setout.extended).lower()}">'
        f"{_chosen_places(channel, chosen)}"
        f'<img src="{picture_url(setout.image)}" width="{width}" height="{height}" '
        f"{_preview_alt(channel)}>"
        f"{notes}</div>"
    )


def _notes(setout: Setout, channel: Channel) -> str:
    """What there is to say: the first line at once, the rest behind it, or a phone shows nothing
    but notes."""
    said = [note for note in setout.notes if not (channel.rule_ko and note[0] in _IN_RULES)]
    told = [_dropped(setout.dropped)] if setout.dropped else []
    told += [in_both(channel.rule_ko, channel.rule_en)] if channel.rule_ko else []
    told += [both(note, **values) for note, values in said]
    lines = "".join(f"<li>{each}</li>" for each in told[1:])
    if not told:
        return ""
    more = both("letters.more_told", count=len(told) - 1)
    rest = f"<details><summary>{more}</summary><ul>{lines}</ul></details>" if lines else ""
    return f'<div class="told"><p>{told[0]}</p>{rest}</div>'


def _chosen_places(shown: Channel, chosen: Sequence[str]) -> str:
    """Buttons to look at each chosen place; none for a single one."""
    if len(chosen) < 2:
        return ""
    known = load_channels()
    buttons = "".join(
        f'<button type="button" class="chip" data-show="{each.id}" '
        f'aria-pressed="{str(each.id == shown.id).lower()}">{in_both(each.ko, each.en)}</button>'
        for each in (known[place] for place in chosen if place in known)
    )
    label = labelled("aria-label", "letters.places_chosen")
    return f'<div class="chips scroll" role="group" {label}>{buttons}</div>'


def _dropped(kinds: Sequence[str]) -> str:
    """Which parts found no room, by the names the form gives them."""
    told = {}
    for lang in LANGUAGES:
        names = " · ".join(say(f"letters.kind_{kind}", lang) for kind in kinds)
        told[lang] = say("letters.dropped", lang, names=names)
    return in_both(told["ko"], told["en"])


def _preview_alt(channel: Channel) -> str:
    return labelled_text(
        "alt",
        say("letters.preview_alt", "ko", place=channel.ko),
        say("letters.preview_alt", "en", place=channel.en),
    )


def frame(original: Image.Image) -> str:
    """The whole picture with a frame over what is kept; letters.js moves the frame."""
    small = original.convert("RGB")
    small.thumbnail((_FRAME_SIDE, _FRAME_SIDE))
    return (
        f"<h3>{both('letters.frame')}</h3><p class='note'>{both('letters.frame_help')}</p>"
        f'<div class="framer" tabindex="0" role="application" '
        f"{labelled('aria-label', 'letters.frame')}>"
        f'<img src="{picture_url(small)}" alt="" width="{small.width}" height="{small.height}">'
        f'<i aria-hidden="true"></i></div>'
        f'<div class="tools"><button type="button" data-frame="auto">{both("letters.frame_auto")}'
        f'</button><label class="box"><input type="checkbox" data-frame="extend">'
        f"{both('letters.frame_extend')}</label></div>"
    )


def logo_url(logo: Image.Image) -> str:
    """`logo` small, as a PNG data URL that keeps its transparency."""
    small = logo.copy()
    small.thumbnail((_LOGO_SIDE, _LOGO_SIDE))
    out = io.BytesIO()
    small.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def just_made(kept: Sequence[Kept], tiles: Tiles) -> str:
    """Finished files as tiles, each place's remarks above them."""
    remarks = "".join(_remarks(each) for each in kept)
    pictures = tiles.grid(tiles.tile(each.result) for each in kept)
    return f"<h3>{both('letters.made_title')}</h3><ul class='told'>{remarks}</ul>{pictures}"


def _remarks(kept: Kept) -> str:
    """What was left out, dropped or made lighter, with the name of the place."""
    channel = find_channel(kept.result.request.channel)
    place = in_both(channel.ko, channel.en)
    # Unproved sizes are told where the place is chosen, not again for each file.
    told = [both(note, **values) for note, values in kept.notes if note != "export.unverified"]
    if kept.dropped:
        told.append(_dropped(kept.dropped))
    return "".join(f"<li><b>{place}</b>: {each}</li>" for each in told)


def made(outcome: Made, tiles: Tiles) -> str:
    """The files of an export, and the places that were refused with the reason."""
    refused = "".join(
        f'<p class="status error">{_refusal(channel, error)}</p>'
        for channel, error in outcome.refused
    )
    return refused + (just_made(outcome.kept, tiles) if outcome.kept else "")


def _refusal(channel: Channel, error: ZitError) -> str:
    told = in_both(
        say("letters.refused", "ko", place=channel.ko),
        say("letters.refused", "en", place=channel.en),
    )
    return f"{told} {both_error(error)}"


def told_about(message_id: str, result: AdResult, **values: object) -> str:
    """A sentence that names the result's place in both languages."""
    channel = find_channel(result.request.channel)
    return in_both(
        say(message_id, "ko", place=channel.ko, **values),
        say(message_id, "en", place=channel.en, **values),
    )
