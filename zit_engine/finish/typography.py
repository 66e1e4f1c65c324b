"""Words, marks and plates set over a picture as a layout has them, each line measured.

Comes in: a picture of the delivered shape, a Lettering, the area a place leaves free. Goes out: the
picture with everything set, where each thing stands and how well it reads. It knows nothing of
channels, files or people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from zit_engine.errors import InvalidRequest
from zit_engine.finish import label as marks_of
from zit_engine.finish import qr
from zit_engine.finish.boxes import Box, around
from zit_engine.finish.colours import Scheme, hex_of, scheme_of, suggest_colours
from zit_engine.finish.contrast import LEAST, between
from zit_engine.finish.covers import cover, light_words
from zit_engine.finish.fitting import Placed
from zit_engine.finish.flips import calmest
from zit_engine.finish.ink import Ink, contrast_in, ink_of, outline_of, reads_on
from zit_engine.finish.layouts import TEXTS, Layout, load_layouts, shape_of
from zit_engine.finish.marks import Marks
from zit_engine.finish.places import Places, page_of, place
from zit_engine.finish.plates import (
    by_kind,
    inks_on,
    own_fill,
    paint_frame,
    paint_group_plate,
    paint_line_plates,
    paint_ornaments,
    paint_own_plate,
    paint_plate,
    plate_fill,
    rule_on,
)
from zit_engine.finish.runs import unsupported
from zit_engine.finish.window import Recut, windowed
from zit_engine.request.lettering import NO_LABEL, Lettering

__all__ = ["SetBox", "Setting", "set_type", "suggest_colours"]


@dataclass(frozen=True, slots=True)
class SetBox:
    """One thing set. Pixels of its ink; for logo, QR code and mark of all they take. contrast: the
    least of its lines, measured in the finished picture, None where it is no writing; ink: the
    colour of its words, "#rrggbb"."""

    kind: str
    left: int
    top: int
    right: int
    bottom: int
    contrast: float | None
    lines: tuple[str, ...]
    ink: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """The finished picture; dropped: kinds that found no room on it and must be told."""

    image: Image.Image
    boxes: tuple[SetBox, ...]
    dropped: tuple[str, ...]


def set_type(
    picture: Image.Image,
    lettering: Lettering,
    safe: tuple[int, int, int, int],
    logo: Image.Image | None = None,
    *,
    scale: float = 1.0,
    held: bool = False,
    subject: Box | None = None,
    palette: Image.Image | None = None,
    recut: Recut | None = None,
) -> Setting:
    """`lettering` over `picture`, inside `safe` (pixels covered at top, right, bottom, left).

    `scale`: pixels here per delivered pixel, for a preview of another size; the least sizes in
    pixels follow it. `held`: the person chose the crop, so the picture is not moved to free its
    subject. `subject`: its box (left, top, right, bottom as fractions of the picture), looked for
    where None. `palette`: what colours are taken from instead, so that several crops of one
    picture agree. `recut`: as in `windowed`. Same input, same pixels. Raises InvalidRequest for
    words that cannot be set however small, or hold signs no typeface here has.
    """
    picture = _opaque(picture)
    layout = load_layouts()[lettering.template or next(iter(load_layouts()))]
    _refuse_unsupported(lettering)
    logo = marks_of.trimmed(logo) if lettering.logo and logo is not None else None
    places = _placed(picture, lettering, layout, safe, logo, scale)
    scheme = scheme_of(palette or picture, lettering.colour, lettering.accent)
    split = (group for group in places.groups if group.group.plate and group.group.plate.splits)
    mat = next((plate_fill(group, scheme) for group in split), scheme.paper)
    again = recut and (lambda window, kept: _opaque(recut(window, kept)))
    shown = windowed(picture, places, mat, held=held, subject=subject, recut=again)
    return _Table(shown, places, scheme).set_all(lettering, logo)


def _opaque(picture: Image.Image) -> Image.Image:
    """The picture as RGB, what shines through being white; the same object where it is RGB."""
    if picture.mode == "RGB" or not picture.has_transparency_data:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    picture = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white


def _refuse_unsupported(lettering: Lettering) -> None:
    for kind in TEXTS:
        missing = unsupported(getattr(lettering, kind))
        if missing:
            raise InvalidRequest(kind, "type.letters", letters=" ".join(missing))


def _placed(
    picture: Image.Image,
    lettering: Lettering,
    layout: Layout,
    safe: tuple[int, int, int, int],
    logo: Image.Image | None,
    scale: float,
) -> Places:
    page = page_of(picture.size, safe, scale)
    arrangement = calmest(layout.shapes[shape_of(*picture.size)], picture, page)
    texts = {kind: getattr(lettering, kind) for kind in TEXTS}
    label = None
    if lettering.label != NO_LABEL:
        label = (lettering.label, *marks_of.label_size(picture.size, scale))
    marks = Marks(
        logo=marks_of.logo_shape(logo) if logo else None,
        qr_modules=qr.modules(lettering.qr) if lettering.qr else None,
        label=label,
    )
    return place(page, arrangement, texts, layout.fonts(lettering.font), marks, scale)


class _Table:
    """The picture while things are set on it."""

    def __init__(self, picture: Image.Image, places: Places, scheme: Scheme) -> None:
        self.picture, self.places, self.scheme = picture, places, scheme
        self.inks: list[Ink] = []

    def set_all(self, lettering: Lettering, logo: Image.Image | None) -> Setting:
        groups = [(group, [ink_of(line) for line in group.lines]) for group in self.places.groups]
        self._set_bare([pair for pair in groups if pair[0].group.plate is None])
        for group, inks in groups:
            if group.group.plate is not None:
                self._set_on_plate(group, inks)
        self._hold()
        boxes = self._paint_inks() + self._paint_marks(lettering, logo)
        return Setting(self.picture, tuple(boxes), self.places.dropped)

    def _set_bare(self, groups: Sequence[tuple[Placed, list[Ink]]]) -> None:
        """Words on the picture itself, and its frame."""
        if not groups:
            return
        light = light_words(self.picture, [ink for _, inks in groups for ink in inks], self.scheme)
        main, shade = (self.scheme.paper, self.scheme.deep)[:: 1 if light else -1]
        for group, inks in groups:
            self._hold_group(group, cover(self.picture, group, inks, self.scheme, light))
        for group, _ in groups:
            rule = rule_on(self.scheme, shade)
            paint_ornaments(self.picture, group, main, main, rule)
        if self.places.arrangement.frame == "line":
            paint_frame(self.picture, self.places.page, main, self.places.marks.get("label"))

    def _hold_group(self, group: Placed, inks: list[Ink]) -> None:
        """Bare words that no cover makes readable get a plate; accents on it read as well."""
        main = [ink for ink in inks if group.group.inks.get(ink.line.kind) != "accent"] or inks
        if min(reads_on(self.picture, ink) for ink in main) < LEAST:
            fill = own_fill(main[0].colour, self.scheme)
            paint_group_plate(self.picture, group, fill, self.places.page)
            inks = inks_on(group, inks, fill, self.scheme)
        self.inks += inks

    def _set_on_plate(self, group: Placed, inks: list[Ink]) -> None:
        if group.plate is None:
            self.inks += paint_line_plates(self.picture, group, inks, self.scheme)
            return
        fill = plate_fill(group, self.scheme)
        paint_plate(self.picture, group, fill, self.places.page)
        on = self.scheme.on(fill)
        paint_ornaments(self.picture, group, on, fill, rule_on(self.scheme, fill))
        self.inks += inks_on(group, inks, fill, self.scheme)

    def _hold(self) -> None:
        """Words that do not read where they stand get a plate or an outline of their own."""
        for inks in by_kind(self.inks).values():
            if min(reads_on(self.picture, ink) for ink in inks) < LEAST:
                paint_own_plate(self.picture, inks, own_fill(inks[0].colour, self.scheme))

    def _paint_inks(self) -> list[SetBox]:
        for ink in self.inks:
            if ink.stroke is not None:
                outline, x, y = outline_of(ink)
                self.picture.paste(ink.stroke, (x, y), outline)
            self.picture.paste(ink.colour, (ink.x, ink.y), ink.mask)
        return [self._box(kind, inks) for kind, inks in by_kind(self.inks).items()]

    def _box(self, kind: str, inks: Sequence[Ink]) -> SetBox:
        left, top, right, bottom = around([ink.tight for ink in inks])
        contrast = min(contrast_in(self.picture, ink) for ink in inks)
        lines = tuple(ink.line.text for ink in inks)
        colour = hex_of(inks[0].colour)
        return SetBox(
            kind, int(left), int(top), int(right), int(bottom), round(contrast, 2), lines, colour
        )

    def _paint_marks(self, lettering: Lettering, logo: Image.Image | None) -> list[SetBox]:
        found = []
        for kind, box in self.places.marks.items():
            left, top, right, bottom = (round(value) for value in box)
            contrast: float | None = None
            lines: tuple[str, ...] = ()
            colour = ""
            if kind == "qr":
                dark, light = self.scheme.deep, self.scheme.paper
                self.picture.paste(qr.draw(lettering.qr, right - left, dark, light), (left, top))
                contrast, lines, colour = between(dark, light), (lettering.qr,), hex_of(dark)
                bottom = top + right - left
            elif kind == "logo" and logo is not None:
                marks_of.paint_logo(self.picture, logo, box, self.scheme.paper, self.scheme.deep)
            elif kind == "label":
                written = self._box(kind, [marks_of.paint_label(self.picture, box)])
                contrast, lines, colour = written.contrast, written.lines, written.ink
            ratio = None if contrast is None else round(contrast, 2)
            found.append(SetBox(kind, left, top, right, bottom, ratio, lines, colour))
        return found
