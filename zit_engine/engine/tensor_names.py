"""Names of tensors: as stored, and as the model's classes call them.

Comes in: a part of the checkpoint and a stored name. Goes out: the parameter's name, or None for
what is not needed. It knows nothing of files or shapes.
"""

# Attention of the VAE as diffusers called it until 0.16 (2023); the numbers are the same.
_OLD_ATTENTION = {
    ".query.": ".to_q.",
    ".key.": ".to_k.",
    ".value.": ".to_v.",
    ".proj_attn.": ".to_out.0.",
}
# Computed from the configuration when the model is built, stored by some older writers.
_COMPUTED = (".rotary_emb.inv_freq", ".position_ids")


def tensor_name(part: str, stored: str) -> str | None:
    """The parameter of `part` ("transformer", "text_encoder", "vae") that `stored` fills.

    None: an output head of the language model, which paints nothing, or a computed table.
    """
    if stored.endswith(_COMPUTED):
        return None
    if part == "text_encoder":
        # Qwen3ForCausalLM stores the same model under "model." and adds lm_head.
        return None if stored.startswith("lm_head.") else stored.removeprefix("model.")
    if part == "vae" and ".attentions." in stored:
        for old, new in _OLD_ATTENTION.items():
            stored = stored.replace(old, new)
    return stored
