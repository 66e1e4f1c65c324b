"""The make form's «more settings»: seed, strength, variety, AI mark, settings of a saved picture.

Comes in: nothing. Goes out: one gr.HTML whose value is a dict of texts. Values are checked by the
request, not here.
"""

import gradio as gr

from zit_engine.request.lettering import CORNERS, NO_LABEL
from zit_engine.web.markup import both, file_button, labelled

# How far pictures of one text may differ: the setting's value and its name.
_VARIETY = (
    ("", "make.variety_none"),
    ("0.1", "make.variety_little"),
    ("0.3", "make.variety_more"),
    ("0.5", "make.variety_most"),
)

_DETAILS_JS = """
const fields = () => [...element.querySelectorAll('[data-field]')];
const show = () => fields().forEach(f => { f.value = (props.value || {})[f.dataset.field] ?? ''; });
element.addEventListener('input', e => {
  if (!e.target.dataset.field) return;
  props.value = Object.fromEntries(fields().map(f => [f.dataset.field, f.value]));
});
const HEAD_BYTES = 524288;
element.addEventListener('change', async e => {
  if (e.target.type !== 'file' || !e.target.files.length) return;
  const start = e.target.files[0].slice(0, HEAD_BYTES);
  const head = new Uint8Array(await start.arrayBuffer());
  let text = '';
  for (let i = 0; i < head.length; i += 8192) {
    text += String.fromCharCode(...head.slice(i, i + 8192));
  }
  e.target.value = '';
  trigger('restore', {data: btoa(text)});
});
watch('value', show);
show();
zit.keepValue('details', props, show);
"""


def details_fields() -> gr.HTML:
    """All of it, closed at first."""
    markup = (
        f'<details class="details"><summary>{both("make.details")}</summary>'
        f"{_field('seed', 'make.seed', 'make.seed_help', 'numeric')}"
        f"{_field('adapter_weight', 'make.weight', 'make.weight_help', 'decimal')}"
        f"{_variety()}{_label()}"
        f"{file_button('make.restore', 'image/png,image/jpeg')}</details>"
    )
    return gr.HTML(
        {"seed": "", "adapter_weight": "", "variety": "", "label": CORNERS[0]},
        html_template="${markup}",
        markup=markup,
        js_on_load=_DETAILS_JS,
        apply_default_css=False,
        elem_id="details",
    )


def _variety() -> str:
    # A select's options hold text only, so each language has its own.
    options = "".join(
        f'<option value="{value}" {labelled("label", message_id)}></option>'
        for value, message_id in _VARIETY
    )
    return (
        f'<label class="field"><span>{both("make.variety")}</span>'
        f'<select data-field="variety">{options}</select>'
        f"<small>{both('make.variety_help')}</small></label>"
    )


def _named(corner: str) -> str:
    return labelled("label", f"letters.label_{corner.replace('-', '_')}")


def _label() -> str:
    options = "".join(
        f'<option value="{corner}" {_named(corner)}></option>' for corner in (*CORNERS, NO_LABEL)
    )
    return (
        f'<label class="field"><span>{both("letters.label")}</span>'
        f'<select data-field="label">{options}</select>'
        f"<small>{both('letters.label_help')}</small></label>"
    )


def _field(name: str, label: str, help_text: str, mode: str) -> str:
    return (
        f'<label class="field"><span>{both(label)}</span>'
        f'<input data-field="{name}" inputmode="{mode}" autocomplete="off" maxlength="20">'
        f"<small>{both(help_text)}</small></label>"
    )
