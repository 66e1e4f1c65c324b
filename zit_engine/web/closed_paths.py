"""Addresses Gradio opens and this page never asks for: closed, as if they were not there.

Comes in: a path. Goes out: whether it is closed. Each of them reads files, fetches addresses, runs
a handler past the queue, edits the program or tells about calls; none is needed to paint.
"""

_PREFIXES = (
    "/monitoring",
    "/upload",
    "/run/",
    "/runs",
    "/api/",
    "/docs",
    "/redoc",
    "/openapi.json",
    "/gradio_api/api/",
    "/gradio_api/component_server",
    "/gradio_api/custom_component/",
    "/gradio_api/deep_link",
    "/gradio_api/dev/",
    "/gradio_api/file/",
    "/gradio_api/mcp",
    "/gradio_api/openapi.json",
    "/gradio_api/process_recording",
    "/gradio_api/profiling",
    "/gradio_api/proxy=",
    "/gradio_api/queue/status",
    "/gradio_api/run",
    "/gradio_api/stream/",
    "/gradio_api/token",
    "/gradio_api/undo-vibe-edit",
    "/gradio_api/upload",
    "/gradio_api/vibe",
)


def is_closed(path: str) -> bool:
    return path.startswith(_PREFIXES)
