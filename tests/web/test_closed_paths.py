"""Every address the server has is one of ours, one the page needs, or closed."""

from collections.abc import Iterator
from typing import Any

from gradio.routes import App

from zit_engine.studio import Studio
from zit_engine.web.build import build
from zit_engine.web.closed_paths import is_closed
from zit_engine.web.theme import launch_options

OURS = {
    "/b/{grid}/{token}",
    "/healthz",
    "/metrics",
    "/r/{job}/{name}",
    "/readyz",
    "/u",
    "/z/fonts",
    "/z/layouts",
    "/z/samples",
    "/z/thumbs/{name}",
}
# The page itself, its files, and its events through the queue. A newer Gradio may open more: then
# it is looked at and named here, or closed.
NEEDED = {
    "/",
    "/assets/{path:path}",
    "/config",
    "/favicon.ico",
    "/login",
    "/logout",
    "/manifest.json",
    "/pwa_icon",
    "/pwa_icon/{size}",
    "/robots.txt",
    "/static/{path:path}",
    "/svelte/{path:path}",
    "/theme.css",
    "/gradio_api/app_id",
    "/gradio_api/call/v2/{api_name}",
    "/gradio_api/call/v2/{api_name}/{event_id}",
    "/gradio_api/call/{api_name}",
    "/gradio_api/call/{api_name}/{event_id}",
    "/gradio_api/cancel",
    "/gradio_api/file={path_or_url:path}",
    "/gradio_api/heartbeat/{session_hash}",
    "/gradio_api/info",
    "/gradio_api/login_check",
    "/gradio_api/queue/data",
    "/gradio_api/queue/join",
    "/gradio_api/reset",
    "/gradio_api/startup-events",
    "/gradio_api/theme.css",
    "/gradio_api/user",
}


def paths(routes: list[Any]) -> Iterator[str]:
    for route in routes:
        if hasattr(route, "path"):
            yield route.path
        else:
            yield from paths(route.original_router.routes)


def test_no_address_is_open_that_nobody_named(studio: Studio) -> None:
    demo = build(studio)
    demo.config = demo.get_config_file()
    app = App.create_app(demo, app_kwargs=launch_options(studio)["app_kwargs"])
    found = set(paths(app.router.routes))
    assert len(found) > 50
    opened = {path.rstrip("/") or "/" for path in found if not is_closed(path)}
    assert opened - OURS == NEEDED
    assert opened >= OURS
