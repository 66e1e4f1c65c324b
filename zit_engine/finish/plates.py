"""Plates, ornaments and frames painted beneath the words.

Comes in: a picture, placed groups, colours. Goes out: the picture with them, and the colours of the
words that stand on them. It knows nothing of fonts.
"""

from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw, ImageFilter

from zit_engine.finish.boxes import Box, grown
from zit_engine.finish.colours import WHITE, Scheme, readable
from zit_engine.finish.contrast import AIM, Rgb, between, reach
from zit_engine.finish.fitting import Page, Placed
from zit_engine.finish.ink import Ink, coloured
from zit_engine.finish.shapes import dashes, outline_mask, plate_mask

# Around a text with a plate of its own, in heights of its Hangul.
_OWN_PAD = (0.34, 0.24)
_OWN_RADIUS = 0.18
# Around a whole group, in units: less than the gap between it and the marks.
_GROUP_PAD = 0.022
# Hairlines are this share of the ink's colour on their ground.
_HAIR = 0.38
# Between a frame and the mark that breaks it, in units.
_BREAK = 0.012
_SHADOW = 0.2
_RAISED = ("bubble", "seal", "ticket", "card")


def plate_fill(group: Placed, scheme: Scheme) -> Rgb:
    """The plate's colour: as designed, unless the person's own text colour does not read on it and
    it does on another."""
    plate = group.group.plate
    if plate is None:
        raise ValueError("a group without a plate")
    designed = scheme.fill(plate.fill)
    wanted = [scheme.ink] if scheme.ink else []
    if scheme.accent and "accent" in group.group.inks.values() and plate.fill != "accent":
        wanted.append(scheme.accent)
    others = (designed, scheme.paper, scheme.deep, WHITE, (0, 0, 0))
    held = (fill for fill in others if all(between(ink, fill) >= AIM for ink in wanted))
    return next(held, designed)


def paint_plate(picture: Image.Image, group: Placed, fill: Rgb, page: Page) -> None:
    plate, box = group.group.plate, group.plate
    if plate is None or box is None:
        return
    left, top, right, bottom = (round(value) for value in box)
    tail = round(0.05 * page.unit) if plate.shape == "bubble" else 0
    at = next((o.box[0] - left for o in group.ornaments if o.kind == "dash"), 0.0)
    if plate.shape == "bubble":
        at = plate.tail * (right - left)
    size = right - left, bottom + tail - top
    mask = plate_mask(plate.shape, *size, round(plate.radius * page.unit), tail, round(at))
    if plate.shape in _RAISED:
        _drop_shadow(picture, mask, (left, top), page)
    picture.paste(fill, (left, top), mask)


def _drop_shadow(picture: Image.Image, mask: Image.Image, at: tuple[int, int], page: Page) -> None:
    """A faint shadow, blurred at a quarter of the size: it has no detail to lose."""
    blur, down = 0.012 * page.unit, round(0.007 * page.unit)
    rim = round(blur * 3)
    large = Image.new("L", (mask.width + 2 * rim, mask.height + 2 * rim))
    large.paste(mask, (rim, rim))
    small = large.reduce(4).filter(ImageFilter.GaussianBlur(blur / 4))
    soft = small.resize(large.size, Image.Resampling.BILINEAR).point(lambda v: v * _SHADOW)
    picture.paste((0, 0, 0), (at[0] - rim, at[1] - rim + down), soft)


def inks_on(group: Placed, inks: Sequence[Ink], fill: Rgb, scheme: Scheme) -> list[Ink]:
    """The group's lines in the colours they have on its plate."""
    return [coloured(ink, _colour(group, ink.line.kind, fill, scheme)) for ink in inks]


def _colour(group: Placed, kind: str, fill: Rgb, scheme: Scheme) -> Rgb:
    role = group.group.inks.get(kind, "ink")
    if role == "accent" and fill != scheme.vivid:
        return scheme.accent_on(fill)
    if role == "ink" and scheme.ink is not None:
        return scheme.ink
    return scheme.on(fill)


def paint_line_plates(
    picture: Image.Image, group: Placed, inks: Sequence[Ink], scheme: Scheme
) -> list[Ink]:
    """A plate around every line whose kind has one; the lines in their colours."""
    plate = group.group.plate
    if plate is None:
        return list(inks)
    done = []
    for ink in inks:
        fill = scheme.fill(plate.fills.get(ink.line.kind, plate.fill))
        if ink.line.kind not in plate.fills:
            done.append(ink)
            continue
        colour = _colour(group, ink.line.kind, fill, scheme)
        if between(colour, fill) < AIM:
            fill = own_fill(colour, scheme)
        paint_own_plate(picture, [ink], fill, plate.radius)
        done.append(coloured(ink, colour))
    return done


def own_fill(colour: Rgb, scheme: Scheme) -> Rgb:
    """A plate on which `colour` reads: in the picture's tone, else plain white or black."""
    tones = (scheme.paper, scheme.deep, WHITE, (0, 0, 0))
    held = (fill for fill in tones if between(colour, fill) >= AIM)
    return next(held, max(tones, key=lambda fill: between(colour, fill)))


def paint_own_plate(
    picture: Image.Image, inks: Sequence[Ink], fill: Rgb, radius: float = _OWN_RADIUS
) -> None:
    """One plate around all of `inks`."""
    height = inks[0].line.height
    boxes = [ink.line.ink for ink in inks]
    # Never less than what is measured around the ink.
    x, y = (max(pad * height, reach(height) + 2) for pad in _OWN_PAD)
    left = round(min(box[0] for box in boxes) - x)
    top = round(min(box[1] for box in boxes) - y)
    right = round(max(box[2] for box in boxes) + x)
    bottom = round(max(box[3] for box in boxes) + y)
    mask = plate_mask("rect", right - left, bottom - top, round(radius * height), 0, 0)
    picture.paste(fill, (left, top), mask)


def paint_ornaments(picture: Image.Image, group: Placed, ink: Rgb, ground: Rgb, rule: Rgb) -> None:
    """Rules in the colour `rule`, hairlines between `ink` and `ground`."""
    hair = mixed(ink, ground, _HAIR)
    draw = ImageDraw.Draw(picture)
    for ornament in group.ornaments:
        colour = rule if ornament.kind == "rule" else hair
        for left, top, right, bottom in dashes(ornament.box, ornament.kind):
            draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)


def paint_group_plate(picture: Image.Image, group: Placed, fill: Rgb, page: Page) -> None:
    """A plate around all of a group's words, where they cannot be read otherwise."""
    left, top, right, bottom = (round(v) for v in grown(group.words, _GROUP_PAD * page.unit))
    radius = round(_GROUP_PAD * page.unit)
    mask = plate_mask("rect", right - left, bottom - top, radius, 0, 0)
    picture.paste(fill, (left, top), mask)


def paint_frame(picture: Image.Image, page: Page, ink: Rgb, label: Box | None) -> None:
    """A thin line around the page, broken where the mark in its corner stands."""
    box = page.area
    left, top, right, bottom = (round(value) for value in box)
    mask = outline_mask(right - left, bottom - top, 0.0032 * page.unit)
    mask = mask.point(lambda value: value * 0.9)
    if label is not None:
        gap = grown(label, _BREAK * page.unit)
        first, upper, last, lower = (round(edge) for edge in gap)
        mask.paste(0, (first - left, upper - top, last - left, lower - top))
    picture.paste(ink, (left, top), mask)


def rule_on(scheme: Scheme, ground: Rgb) -> Rgb:
    """The accent for a short bar on `ground`: seen, though it need not be read."""
    if scheme.vivid == ground:
        return scheme.on(ground)
    if scheme.accent is not None or between(scheme.vivid, ground) >= 2:
        return scheme.vivid
    return readable(scheme.vivid, ground)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of `one` in `other`."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def by_kind(inks: Iterable[Ink]) -> dict[str, list[Ink]]:
    found: dict[str, list[Ink]] = {}
    for ink in inks:
        found.setdefault(ink.line.kind, []).append(ink)
    return found
