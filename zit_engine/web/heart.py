"""The mark of a favourite: an icon, and the switch on a picture.

Comes in: whether a picture is marked. Goes out: HTML. It marks nothing.
"""

from zit_engine.web.markup import labelled

HEART = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 20.5 4.2 12.9a5 5 0 0 1 7-7.1l.8.8'
    '.8-.8a5 5 0 0 1 7 7.1z"/></svg>'
)


def heart(is_favourite: bool) -> str:
    """A switch on a picture; the page sends what it is to become."""
    pressed = "true" if is_favourite else "false"
    return (
        f'<button type="button" class="heart" data-heart aria-pressed="{pressed}" '
        f"{labelled('aria-label', 'shelf.favourite')}>{HEART}</button>"
    )
