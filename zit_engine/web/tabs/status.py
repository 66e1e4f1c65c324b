"""The tab «status» for staff. Components only, no events."""

import gradio as gr


def status_tab() -> gr.HTML:
    """Asks for itself while it is in sight."""
    with gr.Column(elem_id="panel-status"):
        return gr.HTML(
            "",
            elem_id="health",
            js_on_load="zitStatus(element, trigger, watch); /* 'refresh' */",
            apply_default_css=False,
        )
