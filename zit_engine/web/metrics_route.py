"""GET /metrics, for the machine itself or for whoever holds the token; 404 for everybody else.

Comes in: HTTP requests. Goes out: Prometheus text. A request that came through a proxy is never
the machine's own, whatever address it shows.
"""

import hmac
import ipaddress

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from zit_engine.meters import CONTENT_TYPE, Meters
from zit_engine.studio import Studio

_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def metrics_route(studio: Studio) -> BaseRoute:
    """The route; counting begins when it is made."""
    meters = Meters(studio)
    studio.watchers.add(meters)

    def metrics(request: Request) -> Response:  # not async: the card is asked for its memory
        if not is_allowed(request, studio.settings.metrics_token):
            return PlainTextResponse("404", 404)
        return Response(meters.text(), media_type=CONTENT_TYPE)

    return Route("/metrics", metrics)


def is_allowed(request: Request, token: str) -> bool:
    """True for the right bearer token, and without a proxy for this machine itself."""
    given = request.headers.get("authorization", "").encode("utf-8", "surrogatepass")
    if token and hmac.compare_digest(given, f"Bearer {token}".encode()):
        return True
    return not any(name in request.headers for name in _PROXIED) and _is_loopback(request)


def _is_loopback(request: Request) -> bool:
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
