"""Files people send: a ticket to send one, and the place it takes.

Comes in: an owner, later the id of what was sent. Goes out: a query string, or the bytes kept.
"""

from zit_engine.store.files import owner_key
from zit_engine.store.links import Signer
from zit_engine.store.uploads import Uploads

# As long as a page may stay open between two redraws of its ticket.
_TICKET_S = 3600


def upload_ticket(signer: Signer, owner: str, now: float) -> str:
    """The query that lets this owner send files for an hour from `now`."""
    key, expires_at = owner_key(owner), int(now + _TICKET_S)
    return f"o={key}&exp={expires_at}&sig={signer.sign(key, 'upload', '', expires_at)}"


def take_upload(uploads: Uploads, owner: str, upload_id: str) -> bytes:
    """The bytes of an upload, which is gone afterwards. Raises JobNotFound."""
    data = uploads.path(owner, upload_id).read_bytes()
    uploads.drop(owner, upload_id)
    return data
