"""A painted picture becomes the file a place of use takes.

    framed → lettering as the place's rules allow → set → encoded under the limit

Comes in: a painted picture, a channel, words and marks, a framing. Goes out: the bytes, where
things stand on them, and what people must be told. It knows no owner, no file name and no model.
"""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from zit_engine.errors import ZitError
from zit_engine.finish.budget import PixelBudget
from zit_engine.finish.crop import FOUND, Framing, Room, frame
from zit_engine.finish.encode import Encoded, encode
from zit_engine.finish.framing import room_beside_words
from zit_engine.finish.in_sight import is_in_sight
from zit_engine.finish.sign import ContentSigner
from zit_engine.finish.subject import Subject, find_subject
from zit_engine.finish.typography import SetBox, Setting, set_type
from zit_engine.request.channels import LOGO, TEXT, VIRTUAL, Channel, load_channels
from zit_engine.request.lettering import NO_LABEL, Lettering

# From here on the eye sees it on a screen; print is looked at from close by and always told.
_SOFT_FACTOR = 2.0
_PRINT_FACTOR = 1.05
# Below this JPEG quality, and above so many bits dropped or any blur, a loss is seen and told.
_GOOD_QUALITY = 75
_GOOD_BITS = 2
# More at once would not be faster and a banner of 38 megapixels holds 0.4 GB while it is made.
_MOST_AT_ONCE = 4
# One print banner, or a dozen pictures for screens: 0.7 GB at most, however many owners ask.
_BUDGET = PixelBudget(38_000_000)

Notes = tuple[tuple[str, Mapping[str, object]], ...]
Item = tuple[Channel, Lettering, Framing, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Setout:
    """A finished picture before it is a file. `bare`: the same without words and marks. `box`: what
    it shows of the painted picture, as fractions of that, beyond 0..1 where the backdrop was
    continued. `dropped`: kinds of marks that found no room. `notes`: message ids with values."""

    image: Image.Image
    bare: Image.Image
    box: tuple[float, float, float, float]
    extended: bool
    boxes: tuple[SetBox, ...]
    dropped: tuple[str, ...]
    notes: Notes


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file. `framing` as asked for; the rest as in Setout."""

    data: bytes
    format: Literal["png", "jpg"]
    width: int
    height: int
    framing: Framing
    box: tuple[float, float, float, float]
    boxes: tuple[SetBox, ...]
    dropped: tuple[str, ...]
    notes: Notes

    @property
    def size_bytes(self) -> int:
        return len(self.data)


def deliver(
    master: Image.Image,
    channel: Channel,
    lettering: Lettering,
    *,
    logo: Image.Image | None = None,
    framing: Framing | None = None,
    metadata: Mapping[str, object],
    subject: Subject | None = None,
    obey: bool = True,
    signer: ContentSigner | None = None,
) -> Delivered:
    """The file of `master` for `channel`, `lettering` set, `metadata` and the AI mark inside.

    What the place refuses is left out and told in the notes, unless `obey` is False. Raises
    TooHeavy with the numbers, InvalidRequest for words that cannot be set. `signer` signs it last.
    """
    with _BUDGET.taking(channel.width * channel.height):
        shown = set_out(
            master, channel, lettering, logo=logo, framing=framing, subject=subject, obey=obey
        )
        reserve = signer.overhead_bytes() if signer else 0
        encoded = encode(
            shown.image, channel.format, channel.limit_kb, metadata, channel.dpi, reserve
        )
        data = encoded.data
        if signer is not None:
            data = signer.sign(data, encoded.format, str(metadata.get("model", "")))
        notes = shown.notes
        if _is_worse(encoded):
            notes += (("export.lighter", {"limit_kb": channel.limit_kb}),)
    return Delivered(
        data,
        encoded.format,
        channel.width,
        channel.height,
        framing or FOUND,
        shown.box,
        shown.boxes,
        shown.dropped,
        notes,
    )


def set_out(
    master: Image.Image,
    channel: Channel,
    lettering: Lettering,
    *,
    logo: Image.Image | None = None,
    framing: Framing | None = None,
    subject: Subject | None = None,
    obey: bool = True,
) -> Setout:
    """What `deliver` would encode; for a preview with a `channel` made smaller, whose lengths are
    then taken from the whole one of its id. Raises InvalidRequest for words that cannot be set."""
    framing = framing or FOUND
    subject = subject or find_subject(master)
    whole = load_channels().get(channel.id, channel)
    scale = channel.width / whole.width
    allowed, notes = _allowed(lettering, channel) if obey else (lettering, ())
    framed = frame(
        master,
        channel.width,
        channel.height,
        framing,
        subject=subject,
        room=_room(channel, whole.subject_px, whole.width, allowed.has_words),
    )
    setting = Setting(framed.image, (), ())
    if allowed.has_words or allowed.label != NO_LABEL:
        setting = set_type(
            framed.image,
            allowed,
            channel.safe,
            logo,
            scale=scale,
            held=framing.is_held,
            subject=framed.within(subject.box, master.size),
            palette=master,
            recut=lambda window, kept: framed.recut(master, window, kept),
        )
    notes += _told(channel, framed.enlarged / scale)
    if framed.extended:
        is_seen = is_in_sight(subject.box, master.size, framed, setting.image)
        notes += (("export.extended" if is_seen else "export.extended_only", {}),)
    left, top, right, bottom = framed.box
    box = left / master.width, top / master.height, right / master.width, bottom / master.height
    return Setout(
        setting.image, framed.image, box, framed.extended, setting.boxes, setting.dropped, notes
    )


def export(
    master: Image.Image,
    items: Sequence[Item],
    *,
    logo: Image.Image | None = None,
    obey: bool = True,
    signer: ContentSigner | None = None,
) -> list[Delivered | ZitError]:
    """`deliver` for each of `items` (channel, lettering, framing, metadata), side by side: Pillow
    and zlib let go of Python's lock. In their order; a place that cannot be served is its error."""
    master.load()
    subject = find_subject(master)

    def one(item: Item) -> Delivered | ZitError:
        channel, lettering, framing, metadata = item
        try:
            return deliver(
                master,
                channel,
                lettering,
                logo=logo,
                framing=framing,
                metadata=metadata,
                subject=subject,
                obey=obey,
                signer=signer,
            )
        except ZitError as error:
            return error

    with ThreadPoolExecutor(min(_MOST_AT_ONCE, os.cpu_count() or 1)) as pool:
        return list(pool.map(one, items))


def _allowed(lettering: Lettering, channel: Channel) -> tuple[Lettering, Notes]:
    """`lettering` without what `channel` refuses, and what to tell about it."""
    allowed, notes = lettering, []
    if TEXT in channel.refuses:
        allowed = dataclasses.replace(
            allowed, headline="", subline="", price="", contact="", qr="", label=NO_LABEL
        )
        without_marks = dataclasses.replace(lettering, logo=False)
        if without_marks.has_words:
            notes.append("export.text_left_out")
        if lettering.label != NO_LABEL:
            notes.append("export.label_left_out")
    if LOGO in channel.refuses and lettering.logo:
        allowed = dataclasses.replace(allowed, logo=False)
        notes.append("export.logo_left_out")
    return allowed, tuple((note, {}) for note in notes)


def _room(channel: Channel, subject_px: int | None, width: int, has_words: bool) -> Room:
    """What `channel`, delivered `width` pixels wide, and words leave to the subject."""
    widest = 1.0 if subject_px is None else subject_px / width
    if not has_words:
        return Room(widest=widest)
    return room_beside_words((channel.width, channel.height), channel.safe, widest)


def _told(channel: Channel, factor: float) -> Notes:
    """What people must know of the place and of the picture in it."""
    notes: list[tuple[str, Mapping[str, object]]] = []
    if VIRTUAL in channel.refuses:
        notes.append(("export.virtual", {}))
    if not channel.is_verified:
        notes.append(("export.unverified", {}))
    shown = f"{factor:.1f}"
    if channel.dpi and factor >= _PRINT_FACTOR:
        notes.append(("export.enlarged_print", {"dpi": channel.dpi, "factor": shown}))
    elif factor >= _SOFT_FACTOR:
        notes.append(("export.enlarged", {"factor": shown}))
    return tuple(notes)


def _is_worse(encoded: Encoded) -> bool:
    if encoded.quality is not None:
        return encoded.quality < _GOOD_QUALITY
    return encoded.dropped_bits > _GOOD_BITS or encoded.smoothing > 0
