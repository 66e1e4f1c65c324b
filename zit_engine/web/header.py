"""The top of the page: name, tabs, language, and which model is painting."""

import gradio as gr

from zit_engine.engine.base import ModelFacts
from zit_engine.messages import LANGUAGES, say
from zit_engine.web.markup import both, in_both, labelled


def header(has_compare: bool, has_login: bool = False) -> gr.HTML:
    """Name, tabs (links with a hash, so they can be shared), the language switch, the way out."""
    tabs = ["make", "letters", "mine", *(["compare", "status"] if has_compare else [])]
    way_out = f'<a class="way-out" href="/logout">{both("login.out")}</a>' if has_login else ""
    links = "".join(_tab_link(tab) for tab in tabs)
    languages = "".join(_language_button(lang) for lang in LANGUAGES)
    markup = (
        f'<a class="skip" href="#form">{both("page.skip")}</a><header>'
        f'<span class="brand"><i aria-hidden="true">◐</i>{both("page.title")}</span>'
        f"<nav {labelled('aria-label', 'page.nav')}>{links}</nav>"
        f'<span class="langs" role="group" {labelled("aria-label", "page.language")}>'
        f'{languages}</span>{way_out}</header><p class="offline-line" role="status">'
        f'{both("page.offline")}</p><p class="refused-line" role="alert" hidden></p>'
    )
    return gr.HTML(
        "ko",
        html_template="${markup}",
        markup=markup,
        js_on_load="zit.header(element, props);",
        apply_default_css=False,
        elem_id="top",
    )


def _tab_link(tab: str) -> str:
    return f'<a href="#{tab}" data-tab="{tab}">{both(f"page.nav_{tab}")}</a>'


def _language_button(lang: str) -> str:
    name = say("page.short_name", lang)
    return (
        f'<button type="button" data-set-lang="{lang}" lang="{lang}" aria-pressed="false">'
        f"{name}</button>"
    )


def role_holder(has_login: bool) -> gr.HTML:
    """What the style sheet shows the comparison tab by. Until told otherwise one is a guest."""
    return gr.HTML(role_mark(not has_login), elem_id="role", apply_default_css=False)


def role_mark(is_staff: bool) -> str:
    return f'<i hidden data-role="{"staff" if is_staff else "guest"}"></i>'


def banner(facts: ModelFacts) -> gr.HTML:
    """Says plainly which model paints; the practice model's line can be closed."""
    if facts.base != "pocket":
        line = in_both(facts.reason_in("ko"), facts.reason_in("en"))
        markup = f'<div class="banner full"><span>{line} {both("page.ai_note")}</span></div>'
    else:
        dismiss = labelled("aria-label", "page.dismiss")
        markup = (
            f'<div class="banner"><span>{both("page.pocket_banner")}</span>'
            f"<details><summary>{both('page.pocket_more')}</summary>"
            f"<p>{both('page.pocket_help')} {both('page.ai_note')}</p></details>"
            f'<button type="button" data-dismiss {dismiss}>×</button></div>'
        )
    return gr.HTML(
        markup, js_on_load="zit.banner(element);", apply_default_css=False, elem_id="banner"
    )
