"""The page to sign in on: both languages, no script. Comes in: what went wrong. Goes out: HTML."""

from zit_engine.errors import ZitError
from zit_engine.messages import LANGUAGES, explain, say
from zit_engine.web.markup import escape

_LOOK = (
    '@import url("/z/fonts/pretendard/pretendard.css");'
    "body{font:16px/24px 'Pretendard Variable',sans-serif;background:#FBFAF7;color:#1C1B1A;"
    "margin:0;display:grid;place-items:center;min-height:100vh;word-break:keep-all}"
    "form{background:#FFF;border:1px solid #E7E3DB;border-radius:14px;padding:24px;"
    "width:min(320px,calc(100vw - 32px));box-sizing:border-box;display:grid;gap:12px}"
    "h1{font-size:20px;line-height:28px;margin:0}label{display:grid;gap:4px;font-size:14px}"
    "input{font:inherit;min-height:44px;padding:0 12px;border:1px solid #8C877D;border-radius:10px}"
    "button{font:inherit;font-weight:700;min-height:48px;border:0;border-radius:10px;"
    "background:#C9441C;color:#FFF;cursor:pointer}p{margin:0;color:#B3261E}"
    "@media(prefers-color-scheme:dark){body{background:#16171A;color:#ECEBE8}"
    "form{background:#1F2126;border-color:#33363D}button{background:#FF7A50;color:#2A0F05}"
    "input{background:#16171A;color:#ECEBE8;border-color:#7B7F88}p{color:#FF8A80}}"
)


def login_page(error: ZitError | None = None) -> str:
    """The whole page; `error` stands above the button."""
    told = ""
    if error is not None:
        lines = "<br>".join(escape(explain(error, lang)) for lang in LANGUAGES)
        told = f'<p role="alert">{lines}</p>'
    return (
        f'<!doctype html><html lang="ko"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_said('login.title')}</title><style>{_LOOK}</style></head><body>"
        f'<form method="post" action="/login"><h1>{_said("login.title")}</h1>'
        f'<label>{_said("login.name")}<input name="username" autocomplete="username" '
        f'autocapitalize="none" maxlength="32" required autofocus></label>'
        f'<label>{_said("login.password")}<input name="password" type="password" '
        f'autocomplete="current-password" maxlength="200" required></label>{told}'
        f"<button>{_said('login.go')}</button></form></body></html>"
    )


def _said(message_id: str) -> str:
    return escape(" / ".join(say(message_id, lang) for lang in LANGUAGES))
