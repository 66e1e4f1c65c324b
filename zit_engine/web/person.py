"""Who makes a call: nobody in particular, or somebody who signed in.

Comes in: what the guard wrote into the request. Goes out: a Person, for our own addresses and for
handlers behind Gradio's queue.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from gradio.context import LocalContext

_KEY = "zit.person"


@dataclass(frozen=True, slots=True)
class Person:
    """`owner` is "" for who did not sign in: then the browser's own id counts. Without a login
    everybody sees what staff sees."""

    owner: str = ""
    is_staff: bool = True


ANYBODY = Person()
# Before signing in, where that is asked for.
NOBODY = Person(is_staff=False)


def remember(scope: MutableMapping[str, Any], person: Person) -> None:
    scope[_KEY] = person


def person_in(scope: Mapping[str, Any]) -> Person:
    found = scope.get(_KEY, ANYBODY)
    return found if isinstance(found, Person) else ANYBODY


def calling_person() -> Person:
    """Whose event the running handler answers."""
    call = LocalContext.request.get(None)
    request = call.request if call is not None else None
    return person_in(request.scope) if request is not None else ANYBODY
