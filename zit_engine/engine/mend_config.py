"""Mending the configuration of one part, step by step; each step says what it changed.

Comes in: the draft of a config.json and the tensors of its part. Goes out: the same draft, such
that the model's class builds from it exactly the tensors that are there. What neither the weights
prove nor a known layout tells is refused.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from zit_engine.engine.config_files import Draft, is_number, same, show
from zit_engine.engine.config_keys import MAY_BE_ABSENT, REQUIRED, TRAINED
from zit_engine.engine.derive import derive
from zit_engine.engine.layouts import Layout, find_layout
from zit_engine.engine.loader import StoredTensor, build_from, match_tensors
from zit_engine.engine.tensor_names import tensor_name
from zit_engine.errors import CheckpointRefused

CLASSES = {
    "transformer": "ZImageTransformer2DModel",
    "vae": "AutoencoderKL",
    "scheduler": "FlowMatchEulerDiscreteScheduler",
}
_DTYPE_NAMES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_SHOWN = "the names and shapes of the weights show it"

Tensors = Mapping[str, StoredTensor]


def mend_part(part: str, draft: Draft, tensors: Tensors) -> tuple[Layout | None, list[str]]:
    """Make `draft` the config.json of these weights.

    Returns the layout they belong to, and the stored names of tensors the model has no use for.

    Raises CheckpointRefused naming the file, the key or tensor, what was found and expected.
    """
    named = {tensor_name(part, stored): stored for stored in tensors}
    shapes = {name: tensors[stored].entry.shape for name, stored in named.items() if name}
    proven = derive(part, shapes)
    layout = find_layout(part, proven)
    if part == "text_encoder":
        correct_model_type(draft)
    else:
        correct_class(part, draft)
    correct_from_weights(draft, proven)
    if part == "text_encoder":
        correct_rope(draft, layout)
        drop_attention_kinds(draft)
    correct_trained(part, draft, proven, layout)
    if part == "transformer":
        add_norm_type(draft)
    correct_dtype_label(draft, tensors)
    drop_quantisation_note(draft)
    module = drop_unbuildable(part, draft, proven)
    used = set(match_tensors(part, module, tensors).values())
    unused = [stored for name, stored in named.items() if name and stored not in used]
    return layout, unused


def mend_scheduler(draft: Draft, layout: Layout | None) -> None:
    """As `mend_part`; `layout` is that of the transformer the schedule was made for."""
    if layout is None and draft.data.get("_class_name") != CLASSES["scheduler"]:
        raise draft.refuse("_class_name", CLASSES["scheduler"])
    correct_class("scheduler", draft)
    correct_trained("scheduler", draft, {}, layout)


def correct_class(part: str, draft: Draft) -> None:
    draft.set("_class_name", CLASSES[part], "the class this part is made of", "correct_class")


def correct_model_type(draft: Draft) -> None:
    """Qwen3 whatever the file calls it (a DeiT, a Qwen2): its weights alone have q_norm. The keys
    of another family go with its name."""
    step, why = "correct_model_type", "only Qwen3's layers have these weights"
    other = draft.data.get("model_type", "qwen3") != "qwen3"
    draft.set("model_type", "qwen3", why, step)
    if not same(draft.data.get("architectures"), ["Qwen3ForCausalLM"]):
        draft.set("architectures", ["Qwen3Model"], why, step)
    if other:
        from transformers import Qwen3Config

        known = set(Qwen3Config().to_dict()) | MAY_BE_ABSENT["text_encoder"]
        for key in [key for key in draft.data if key not in known | {"rope_theta", "rope_scaling"}]:
            draft.drop(key, "Qwen3 has no such key", step)


def correct_from_weights(draft: Draft, proven: Mapping[str, Any]) -> None:
    for key, value in proven.items():
        is_absent = value is None and key not in draft.data  # the class's own default
        if not is_absent:
            draft.set(key, value, _SHOWN, "correct_from_weights")


def correct_rope(draft: Draft, layout: Layout | None) -> None:
    """The rotary base in any of the forms transformers has had; absent, it would quietly become
    10,000. A scaled rope (yarn and the like) is left alone outside a known layout."""
    data, step = draft.data, "correct_rope"
    tables = [data[key] for key in ("rope_parameters", "rope_scaling") if data.get(key) is not None]
    table = tables[0] if len(tables) == 1 and isinstance(tables[0], dict) else {}
    theta = table.get("rope_theta", data.get("rope_theta"))
    kind = table.get("rope_type", table.get("type", "default"))
    if layout is None:
        if len(tables) > 1 or tables not in ([], [table]) or not isinstance(kind, str):
            raise draft.refuse("rope_parameters", "one table with rope_theta and rope_type")
        if theta is None or not is_number(theta) or theta <= 0:
            raise CheckpointRefused(draft.file, "rope_theta", _shown(theta), "a number above 0")
        return
    wanted = layout.trained["text_encoder"]["rope_theta"]
    is_plain = table.keys() <= {"rope_theta", "rope_type", "type"} and kind == "default"
    if len(tables) > 1 or tables not in ([], [table]) or not is_plain or not same(theta, wanted):
        why = f"{layout.name} was trained with it"
        draft.set("rope_parameters", {"rope_theta": wanted, "rope_type": "default"}, why, step)
        draft.drop("rope_theta", "said by rope_parameters", step)
        draft.drop("rope_scaling", "said by rope_parameters", step)


def _shown(value: Any) -> str:
    return "missing" if value is None else show(value)


def drop_attention_kinds(draft: Draft) -> None:
    """layer_types only repeats what use_sliding_window says, unless that is on: a list of another
    length or kind cannot be right."""
    data = draft.data
    kinds = TRAINED["text_encoder"]["layer_types"]
    if not data.get("use_sliding_window") and not kinds.is_sane(data.get("layer_types"), data):
        why = "without a sliding window every layer attends to all"
        draft.drop("layer_types", why, "drop_attention_kinds")


def correct_trained(
    part: str, draft: Draft, proven: Mapping[str, Any], layout: Layout | None
) -> None:
    """Keys no shape shows: from the known layout, else kept when sane and refused when not."""
    for key, rule in TRAINED[part].items():
        if key in proven:
            continue
        if layout is None:
            _check_trained(draft, key)
            continue
        wanted = layout.trained[part].get(key, rule.absent)
        found = draft.data.get(key, rule.absent)
        if part == "text_encoder" and key == "layer_types":
            if found is not None and not rule.is_sane(found, draft.data):
                draft.drop(key, f"{layout.name} attends to all in every layer", "correct_trained")
        elif found is REQUIRED or not same(found, wanted):
            draft.set(key, wanted, f"{layout.name} was trained with it", "correct_trained")


def _check_trained(draft: Draft, key: str) -> None:
    part = draft.file.partition("/")[0]
    rule = TRAINED[part][key]
    if key not in draft.data:
        if rule.absent is REQUIRED:
            raise draft.refuse(key, rule.expected)
    elif not rule.is_sane(draft.data[key], draft.data):
        raise draft.refuse(key, rule.expected)


def add_norm_type(draft: Draft) -> None:
    """Older loaders stop at a transformer config without norm_type; Z-Image has RMS norms only."""
    draft.set("norm_type", "rms_norm", "Z-Image has RMS norms only", "add_norm_type")


def correct_dtype_label(draft: Draft, tensors: Tensors) -> None:
    """What the file says its numbers are, where it says so: the type of most of the bytes."""
    sizes: Counter[str] = Counter()
    for where in tensors.values():
        sizes[where.entry.dtype] += where.entry.end - where.entry.start
    actual = _DTYPE_NAMES.get(sizes.most_common(1)[0][0])
    for key in ("dtype", "torch_dtype"):
        label = draft.data.get(key)
        if actual and key in draft.data and str(label).removeprefix("torch.") != actual:
            draft.set(key, actual, "the type of the weights", "correct_dtype_label")


def drop_quantisation_note(draft: Draft) -> None:
    """Quantised weights were refused before; over plain ones the note only stops loaders."""
    step = "drop_quantisation_note"
    draft.drop("quantization_config", "the weights are plain numbers", step)


def drop_unbuildable(part: str, draft: Draft, proven: Mapping[str, Any]) -> Any:
    """The part on the meta device, without those unneeded keys that keep it from being built."""
    try:
        return build_from(part, draft.data)
    except Exception:  # whatever a constructor says of a value it does not expect
        needed = {"_class_name", "model_type", "rope_parameters", "rope_theta", "rope_scaling"}
        needed |= proven.keys() | TRAINED[part].keys()
    kept = {key: value for key, value in draft.data.items() if key in needed}
    built = _build_or_refuse(part, draft.file, kept)
    for key in [key for key in draft.data if key not in needed]:
        try:
            built = build_from(part, kept | {key: draft.data[key]})
            kept[key] = draft.data[key]
        except Exception:  # as above: this is the key, or one of them
            draft.drop(key, "not needed, and the class refuses it", "drop_unbuildable")
    return built


def _build_or_refuse(part: str, file: str, config: Mapping[str, Any]) -> Any:
    try:
        return build_from(part, config)
    except Exception as error:
        found = f"{type(error).__name__}: {error}"[:120]
        raise CheckpointRefused(file, "values", found, "values its class accepts") from error
