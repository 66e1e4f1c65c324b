"""The form's own controls: style cards, places of use, number of pictures, details.

Each is a gr.HTML whose value is the chosen id (or a dict of texts) and whose markup never depends
on that value, so choosing keeps the focus. Values are checked by the request, not here.
"""

from collections.abc import Iterable, Mapping

import gradio as gr

from zit_engine.engine.base import ModelFacts
from zit_engine.request.ad_request import MAX_COUNT
from zit_engine.request.channels import TEXT, VIRTUAL, Channel, load_channels, load_groups
from zit_engine.styles.style import Style
from zit_engine.web.markup import both, escape, in_both, labelled, shape_icon

# Only a limit a picture could reach is worth an owner's attention: ours weigh 0.1-3 MB.
_TIGHT_KB = 2000

# One radio group: click and arrow keys choose, the value follows the server too.
_RADIO_JS = """
const radios = () => [...element.querySelectorAll('[role=radio]:not([aria-disabled=true])')];
const show = () => {
  const chosen = String(props.value);
  const all = radios();
  const any = all.some(b => b.dataset.id === chosen);
  const rule = element.querySelector('.rule-line');
  all.forEach((b, i) => {
    const on = b.dataset.id === chosen;
    b.setAttribute('aria-checked', on);
    b.tabIndex = on || (!any && i === 0) ? 0 : -1;
    if (on && b.closest('details')) b.closest('details').open = true;
    if (!on || !rule) return;
    rule.querySelectorAll('span').forEach(s => { s.textContent = b.dataset[s.lang] || ''; });
  });
};
const choose = b => { props.value = b.dataset.id; show(); b.focus(); };
element.addEventListener('click', e => {
  const b = e.target.closest('[role=radio]');
  if (b && b.getAttribute('aria-disabled') !== 'true') choose(b);
});
element.addEventListener('keydown', e => {
  const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[e.key];
  const b = e.target.closest('[role=radio]');
  if (!step || !b) return;
  e.preventDefault();
  const all = radios().filter(x => x.offsetParent);
  choose(all[(all.indexOf(b) + step + all.length) % all.length]);
});
watch('value', show);
show();
"""


def _radio_group(value: str, markup: str, elem_id: str) -> gr.HTML:
    return gr.HTML(
        value,
        html_template="${markup}",
        markup=markup,
        js_on_load=f"{_RADIO_JS}zit.keepValue('{elem_id}', props, show);",
        apply_default_css=False,
        elem_id=elem_id,
    )


def style_picker(styles: Mapping[str, Style], facts: ModelFacts, elem_id: str) -> gr.HTML:
    """Cards with a picture; a style without a file for the running model is shown but closed."""
    # What can be chosen comes first; sorting keeps the catalogue's order within both halves.
    ordered = sorted(styles.values(), key=lambda style: not style.runs_on(facts.base))
    cards = "".join(_style_card(style, style.runs_on(facts.base)) for style in ordered)
    markup = (
        f'<div class="cards" role="radiogroup" {labelled("aria-label", "make.look")}>{cards}</div>'
    )
    first = next(style.id for style in styles.values() if style.is_base)
    return _radio_group(first, markup, elem_id)


def _style_card(style: Style, is_open: bool) -> str:
    only = "full_model_only" if style.runs_on("z-image-turbo") else "practice_model_only"
    badge = "" if is_open else f'<span class="badge">{both(f"make.{only}")}</span>'
    picture = (
        f'<img src="/z/thumbs/{style.id}.webp" alt="" loading="lazy" width="96" height="96">'
        if is_open
        else '<span class="blank" aria-hidden="true"></span>'
    )
    return (
        f'<button type="button" class="card" role="radio" aria-checked="false" '
        f'aria-disabled="{"false" if is_open else "true"}" tabindex="-1" data-id="{style.id}">'
        f"{picture}{badge}<span>{in_both(style.ko, style.en)}</span></button>"
    )


def channel_picker() -> gr.HTML:
    """The common places first, the rest grouped behind «more»."""
    channels = load_channels()
    common = [channel for channel in channels.values() if channel.common]
    rest = [channel for channel in channels.values() if not channel.common]
    groups = "".join(
        f"<h4>{in_both(group.ko, group.en)}</h4>"
        f'<div class="places">{_places(c for c in rest if c.group == group.id)}</div>'
        for group in load_groups().values()
        if any(channel.group == group.id for channel in rest)
    )
    more = f'<details class="more"><summary>{both("make.place_more")}</summary>{groups}</details>'
    markup = (
        f'<div role="radiogroup" {labelled("aria-label", "make.place")}>'
        f'<div class="places">{_places(common)}</div>{more}'
        '<p class="rule-line" aria-live="polite"><span class="ko" lang="ko"></span>'
        '<span class="en" lang="en"></span></p></div>'
    )
    return _radio_group(common[0].id, markup, "channel")


def _places(channels: Iterable[Channel]) -> str:
    return "".join(_place(channel) for channel in channels)


def place_notes(channel: Channel) -> str:
    """Pixels, a limit a picture could reach, and whether the numbers are proved."""
    notes = [f'<span class="px">{channel.width}×{channel.height}</span>']
    if channel.limit_kb and channel.limit_kb <= _TIGHT_KB:
        notes.append(f'<span class="px">{both("make.limit", kb=channel.limit_kb)}</span>')
    if VIRTUAL in channel.refuses:
        notes.append(f'<span class="badge">{both("make.photos_only")}</span>')
    elif TEXT in channel.refuses:
        notes.append(f'<span class="badge">{both("make.no_text")}</span>')
    if not channel.is_verified:
        notes.append(f'<span class="badge">{both("make.unverified")}</span>')
    return "".join(notes)


def _place(channel: Channel) -> str:
    return (
        f'<button type="button" class="place" role="radio" aria-checked="false" tabindex="-1" '
        f'data-id="{channel.id}" data-ko="{escape(channel.rule_ko)}" '
        f'data-en="{escape(channel.rule_en)}">{shape_icon(channel.width, channel.height)}'
        f'<span class="name">{in_both(channel.ko, channel.en)}</span>'
        f'<span class="notes">{place_notes(channel)}</span></button>'
    )


def count_picker(most: int = MAX_COUNT) -> gr.HTML:
    buttons = "".join(
        f'<button type="button" class="count" role="radio" aria-checked="false" tabindex="-1" '
        f'data-id="{n}">{both("make.pictures", n=n)}</button>'
        for n in range(1, most + 1)
    )
    markup = (
        f'<div class="counts" role="radiogroup" {labelled("aria-label", "make.how_many")}>'
        f"{buttons}</div>"
    )
    return _radio_group("1", markup, "count")
