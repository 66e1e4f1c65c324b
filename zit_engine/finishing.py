"""Pictures finished anew: words, marks, other places of use. Nothing is painted here.

Comes in: a stored picture of an owner and what to set over it. Goes out: previews, and new pictures
in the history that remember their words. It knows no page; the painted original kept beside every
picture is what it works from.
"""

import dataclasses
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from zit_engine.brand.brands import Brands
from zit_engine.deliver import Delivered, Setout, deliver, export, set_out
from zit_engine.errors import InvalidRequest, JobNotFound, SaveFailed, ZitError
from zit_engine.finish.fonts import load_fonts
from zit_engine.finish.layouts import load_layouts
from zit_engine.finish.master import encode_master, open_master
from zit_engine.request.ad_request import AdResult
from zit_engine.request.channels import Channel, find_channel
from zit_engine.request.lettering import Lettering, checked_lettering
from zit_engine.store.archive import write_archive
from zit_engine.store.keeping import keep
from zit_engine.studio import Studio
from zit_engine.wishes import (
    Kept,
    Made,
    Wish,
    checked_framing,
    remembered_fields,
    scaled,
)

# The long side of a preview in pixels: sharp on a phone's 390 points, quick to set and to send.
PREVIEW_SIDE = 720
# Decoded originals kept at hand: somebody typing asks for the same one again and again.
_KEPT_ORIGINALS = 4
MOST_CHANNELS = 12

_log = logging.getLogger(__name__)


class FinishingDesk:
    """Its methods take an owner and the place of one of that owner's pictures, and raise
    JobNotFound for anything else."""

    def __init__(self, studio: Studio, brands: Brands):
        self._studio = studio
        self._brands = brands
        self._lock = threading.Lock()
        self._originals: OrderedDict[Path, Image.Image] = OrderedDict()

    def wish(self, fields: Mapping[str, object], channel_id: str, framing: object) -> Wish:
        """Raw fields as a Wish. Raises InvalidRequest naming the field."""
        lettering = checked_lettering(fields, templates=load_layouts(), fonts=load_fonts())
        return Wish(find_channel(channel_id), lettering, checked_framing(framing))

    def remembered(self, owner: str, job_id: str, name: str) -> tuple[AdResult, Wish]:
        """The picture and the wish it was made from: what a reopened form shows."""
        result = self._studio.history.get(owner, job_id, name)
        kept = dict(result.lettering)
        framing = checked_framing(kept.pop("framing", None))
        fields = {"label": result.request.label, **kept}
        return result, self.wish(fields, result.request.channel, framing)

    def original(self, owner: str, job_id: str, name: str) -> Image.Image:
        """The painted picture without words. A picture from before originals were kept is its own,
        unless something was set on it."""
        result = self._studio.history.get(owner, job_id, name)
        try:
            path = self._studio.files.master_of(owner, job_id, name)
        except JobNotFound:
            if result.lettering:
                raise
            path = self._studio.files.path_of(owner, job_id, name)
        with self._lock:
            found = self._originals.get(path) or open_master(path)
            self._originals[path] = found
            self._originals.move_to_end(path)
            while len(self._originals) > _KEPT_ORIGINALS:
                self._originals.popitem(last=False)
        return found

    def preview(self, owner: str, job_id: str, name: str, wish: Wish) -> Setout:
        """How it will look, at most PREVIEW_SIDE pixels long, not encoded."""
        scale = PREVIEW_SIDE / max(wish.channel.width, wish.channel.height)
        channel = scaled(wish.channel, min(scale, 1.0))
        logo = self._logo(owner, wish.lettering)
        original = self.original(owner, job_id, name)
        return set_out(original, channel, wish.lettering, logo=logo, framing=wish.framing)

    def save(self, owner: str, job_id: str, name: str, wish: Wish) -> Kept:
        """The finished file as a picture of its own. A picture for the same place that already had
        words is replaced by it and hands its heart on; a painted one stays.

        Raises TooHeavy, StorageFull, SaveFailed, InvalidRequest.
        """
        self._studio.shelf.check_room(owner)
        result = self._studio.history.get(owner, job_id, name)
        delivered = deliver(
            self.original(owner, job_id, name),
            wish.channel,
            wish.lettering,
            logo=self._logo(owner, wish.lettering),
            framing=wish.framing,
            metadata=self._metadata(result, wish),
            signer=self._studio.signer,
        )
        replaces = bool(result.lettering) and result.request.channel == wish.channel.id
        kept = self._keep(owner, result, wish, delivered, f"set-{secrets.token_hex(8)}", 0)
        if replaces:
            if result.favourite:
                self._studio.history.set_favourite(
                    owner, kept.result.job_id, kept.result.name, True
                )
            self._studio.delete(owner, job_id, name)
        return kept

    def export(self, owner: str, job_id: str, name: str, wishes: Sequence[Wish]) -> Made:
        """One picture as a file for each wish and a ZIP of them all; a place that cannot be served
        is told, the others are made. Raises InvalidRequest for no or too many places."""
        if not 1 <= len(wishes) <= MOST_CHANNELS:
            raise InvalidRequest(
                "channels", "letters.channels_range", count=len(wishes), limit=MOST_CHANNELS
            )
        self._studio.shelf.check_room(owner)
        result = self._studio.history.get(owner, job_id, name)
        outcomes = export(
            self.original(owner, job_id, name),
            [(w.channel, w.lettering, w.framing, self._metadata(result, w)) for w in wishes],
            logo=self._logo(owner, wishes[0].lettering),
            signer=self._studio.signer,
        )
        job = f"set-{secrets.token_hex(8)}"
        kept: list[Kept] = []
        refused: list[tuple[Channel, ZitError]] = []
        for number, (wish, outcome) in enumerate(zip(wishes, outcomes, strict=True)):
            try:
                if isinstance(outcome, ZitError):
                    raise outcome
                kept.append(self._keep(owner, result, wish, outcome, job, number))
            except ZitError as error:  # one place too many for the disk leaves the others made
                refused.append((wish.channel, error))
        return Made(tuple(kept), tuple(refused), self._archive(owner, [k.result for k in kept]))

    def _archive(self, owner: str, results: Sequence[AdResult]) -> tuple[str, Path] | None:
        if not results:
            return None
        title = f"{Path(results[0].name).stem.split('_')[0]}_{len(results)}.zip"
        try:
            return write_archive(self._studio.files, owner, results, title)
        except SaveFailed as error:  # the pictures are there; the page offers them one by one
            _log.warning("%s", error)
            return None

    def has_logo(self, owner: str) -> bool:
        return self._brands.logo(owner) is not None

    def _logo(self, owner: str, lettering: Lettering) -> Image.Image | None:
        path = self._brands.logo(owner) if lettering.logo else None
        return open_master(path) if path is not None else None

    def _metadata(self, result: AdResult, wish: Wish) -> dict[str, object]:
        request = dataclasses.replace(
            result.request, channel=wish.channel.id, label=wish.lettering.label
        )
        return {**request.as_fields(), "model": result.model, "lettering": remembered_fields(wish)}

    def _keep(
        self,
        owner: str,
        source: AdResult,
        wish: Wish,
        delivered: Delivered,
        job_id: str,
        number: int,
    ) -> Kept:
        studio = self._studio
        request = dataclasses.replace(
            source.request, channel=wish.channel.id, label=wish.lettering.label
        )
        name = studio.name_of(request, number, delivered.format)
        made = dataclasses.replace(
            source,
            job_id=job_id,
            name=name,
            request=request,
            width=delivered.width,
            height=delivered.height,
            format=delivered.format,
            size_bytes=len(delivered.data),
            created_at=time.time(),
            lettering=remembered_fields(wish),
            favourite=False,
        )
        original = self._shared(owner, source)
        keep(studio.files, studio.history, owner, made, delivered.data, original)
        return Kept(made, delivered.notes, delivered.dropped)

    def _shared(self, owner: str, source: AdResult) -> AdResult | bytes:
        """What the new picture keeps as its original: that of `source`, or `source` itself."""
        try:
            self._studio.files.master_of(owner, source.job_id, source.name)
        except JobNotFound:
            return encode_master(self.original(owner, source.job_id, source.name))
        return source
