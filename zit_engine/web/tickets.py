"""The right to send files, kept in the page where its scripts find it.

Comes in: an owner. Goes out: a hidden element that carries the owner's upload ticket, renewed while
the page stays open.
"""

import time

import gradio as gr

from zit_engine.errors import ZitError
from zit_engine.store.links import Signer
from zit_engine.web.boundary import guarded_once
from zit_engine.web.markup import escape
from zit_engine.web.uploads import upload_ticket


def _no_ticket(_: "UploadTickets", error: ZitError, owner: str) -> str:
    """Without a ticket the door tells the person what to do, at the moment it matters."""
    return ""


def ticket_holder() -> gr.HTML:
    return gr.HTML("", elem_id="upload-ticket", apply_default_css=False)


class UploadTickets:
    def __init__(self, signer: Signer):
        self._signer = signer

    @guarded_once(_no_ticket)
    def show(self, owner: str) -> str:
        """The element with a fresh ticket of this owner."""
        ticket = upload_ticket(self._signer, owner, time.time())
        return f'<i hidden data-ticket="{escape(ticket)}"></i>'
