"""What every answer tells the browser about itself: what the page may load, and who may frame it.

Comes in: where the process runs. Goes out: header lines.
"""

from zit_engine.host import Host

# Gradio writes its configuration into inline scripts and makes functions of text (its HTML parts);
# without 'unsafe-inline' and 'unsafe-eval' the page stays empty. Nothing comes from elsewhere.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
_FRAMED_BY_US = "'self'"
# A Space is shown inside a page of the hub.
_FRAMED_BY_THE_HUB = "'self' https://huggingface.co https://*.hf.space"
_HUB = "https://huggingface.co"


def safety_headers(host: Host) -> dict[str, str]:
    """Headers for every answer of a process on `host`."""
    policy = dict(_POLICY)
    if host is Host.LOCAL:
        policy["frame-ancestors"] = _FRAMED_BY_US
    else:
        policy["frame-ancestors"] = _FRAMED_BY_THE_HUB
        # Signing in there leads over the hub, with its picture of the person.
        policy["form-action"] += f" {_HUB}"
        policy["img-src"] += f" {_HUB}"
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
