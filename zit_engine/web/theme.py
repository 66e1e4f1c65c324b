"""How the page looks and how it is served: design tokens, style sheet, launch options.

Comes in: settings and routes. Goes out: keyword arguments for gr.Blocks.launch.
"""

import time
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from zit_engine.host import bind_address, detect_host, trust_proxies
from zit_engine.jobs.rates import Rates
from zit_engine.settings import ROOT
from zit_engine.studio import Studio
from zit_engine.web.build import signer_of
from zit_engine.web.guard import Guard, Rules
from zit_engine.web.login import login_desk
from zit_engine.web.oauth import person_by_oauth
from zit_engine.web.routes import routes
from zit_engine.web.safety_headers import safety_headers
from zit_engine.web.uploads import ticket_key

_HERE = Path(__file__).parent
_PARTS = ("page", "photo", "letters", "compare", "words", "shelf", "status")
# name: (light, dark). Text pairs reach 4.5:1 and control edges 3:1; a test computes both.
TOKENS: dict[str, tuple[str, str]] = {
    "paper": ("#FBFAF7", "#16171A"),
    "card": ("#FFFFFF", "#1F2126"),
    "ink": ("#1C1B1A", "#ECEBE8"),
    "quiet": ("#6B6862", "#A09D97"),
    "line": ("#E7E3DB", "#33363D"),
    "edge": ("#8C877D", "#7B7F88"),
    "accent": ("#E4572E", "#FF7A50"),
    "accent-text": ("#C23F18", "#FF8F6B"),
    "accent-button": ("#C9441C", "#FF7A50"),
    "on-accent": ("#FFFFFF", "#2A0F05"),
    "accent-wash": ("#FDEEE8", "#3A241C"),
    "ok": ("#2E7D5B", "#5FBF95"),
    "warn": ("#8A5A12", "#E0A84A"),
    "error": ("#B3261E", "#FF8A80"),
    "busy-wash": ("#F3EFE6", "#272A30"),
}


def style_sheet() -> str:
    """Tokens as CSS variables for light and dark, then the rules of the page."""
    light = "".join(f"--{name}:{pair[0]};" for name, pair in TOKENS.items())
    dark = "".join(f"--{name}:{pair[1]};" for name, pair in TOKENS.items())
    rules = "".join((_HERE / f"{name}.css").read_text(encoding="utf-8") for name in _PARTS)
    return f":root{{{light}}}.dark{{{dark}}}\n{rules}"


def head() -> str:
    script = "".join((_HERE / f"{name}.js").read_text(encoding="utf-8") for name in _PARTS)
    return (
        '<link rel="stylesheet" href="/z/fonts/pretendard/pretendard.css">'
        f'<meta name="referrer" content="no-referrer"><script>{script}</script>'
    )


def launch_options(studio: Studio) -> dict[str, Any]:
    """Keyword arguments for `demo.launch` on every host."""
    settings, host, signer = studio.settings, detect_host(), signer_of(studio)
    desk = login_desk(settings.login_file, signer, host)
    trust_proxies(settings.trusted_proxies, host)
    rules = Rules(
        headers=safety_headers(host),
        rates=Rates(settings.address_per_minute),
        shows_ticket=lambda query: ticket_key(signer, query, time.time()) is not None,
        person_of=desk.person_of if desk is not None else person_by_oauth(signer),
    )
    return {
        "server_name": bind_address(settings.host, host),
        "server_port": settings.port,
        "theme": gr.themes.Base(font=["Pretendard Variable", "sans-serif"]),
        "css": style_sheet(),
        "head": head(),
        "footer_links": [],
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "pwa": False,
        "ssr_mode": False,
        "max_threads": 200,
        # Each visit leaves a copy of the page's parts (130 KB) that nothing here reads again; by
        # default 10,000 of them are kept.
        "state_session_capacity": 256,
        # Otherwise Gradio asks its own page for 3 s at most and, amid a crowd that comes back after
        # a restart, ends the process for being slow.
        "_frontend": False,
        "favicon_path": str(ROOT / "assets" / "icon.png"),
        "app_kwargs": {
            "routes": [*(desk.routes() if desk is not None else []), *routes(studio, signer)],
            "middleware": [Middleware(Guard, rules=rules)],
            "openapi_url": None,
            "docs_url": None,
            "redoc_url": None,
        },
    }
