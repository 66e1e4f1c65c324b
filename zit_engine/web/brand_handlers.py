"""What the events of «our shop» do: the kit and the logo shown, kept, removed.

Comes in: the owner and what was typed. Goes out: the form's value. The logo's file comes through
the upload route and is cleaned there; here it only changes its place.
"""

from typing import Any

import gradio as gr

from zit_engine.brand.brands import Brands
from zit_engine.brand.kit import checked_kit
from zit_engine.errors import ZitError
from zit_engine.finish.master import open_master
from zit_engine.messages import LANGUAGES, explain, say
from zit_engine.studio import Studio
from zit_engine.web.boundary import guarded_once
from zit_engine.web.letters_view import logo_url
from zit_engine.web.uploads import take_upload


def _told(handlers: "BrandHandlers", error: ZitError, owner: str) -> dict[str, Any]:
    """The form stays as it was typed; only the sentence is new."""
    return {"told": {lang: explain(error, lang) for lang in LANGUAGES}, "is_error": True}


class BrandHandlers:
    """Each answers with the form's value: fields, logo, a sentence or none."""

    def __init__(self, studio: Studio, brands: Brands):
        self._studio = studio
        self._brands = brands

    @guarded_once(_told)
    def show(self, owner: str) -> dict[str, Any]:
        """What the server remembers of this owner's shop."""
        return self._kit(owner) | self._logo(owner)

    @guarded_once(_told)
    def keep(self, owner: str, event: gr.EventData) -> dict[str, Any]:
        data = event._data if isinstance(event._data, dict) else {}
        self._brands.save(owner, checked_kit(data))
        return self._kit(owner) | self._logo(owner) | _said("brand.kept")

    @guarded_once(_told)
    def logo(self, owner: str, event: gr.EventData) -> dict[str, Any]:
        """The uploaded file of that id becomes the logo."""
        data = event._data if isinstance(event._data, dict) else {}
        self._brands.save_logo(owner, take_upload(self._studio.uploads, owner, str(data.get("id"))))
        return self._logo(owner) | _said("brand.logo_kept")

    @guarded_once(_told)
    def unlogo(self, owner: str) -> dict[str, Any]:
        self._brands.save_logo(owner, b"")
        return self._logo(owner) | _said("brand.logo_gone")

    @guarded_once(_told)
    def forget(self, owner: str) -> dict[str, Any]:
        self._brands.forget(owner)
        return self._kit(owner) | self._logo(owner) | _said("brand.forgotten")

    def _kit(self, owner: str) -> dict[str, Any]:
        return {"kit": self._brands.load(owner).as_fields()}

    def _logo(self, owner: str) -> dict[str, Any]:
        path = self._brands.logo(owner)
        return {"logo": logo_url(open_master(path)) if path is not None else ""}


def _said(message_id: str) -> dict[str, Any]:
    return {"told": {lang: say(message_id, lang) for lang in LANGUAGES}}
