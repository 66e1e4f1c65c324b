"""Keys of the configurations that shapes cannot prove, and what makes a value of one sane.

Comes in: nothing. Goes out: part -> key -> Key. Together with what `derive` proves and with
MAY_BE_ABSENT this is every key the four classes know; a test holds it to that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from zit_engine.engine.config_files import is_count, is_number

Values = Mapping[str, Any]


# Tables of so many rows are computed when the model is built; honest ones have 1,536 at most.
_LARGEST = 100_000


class Required:
    """No value stands for an absent key."""


REQUIRED: Final = Required()


@dataclass(frozen=True, slots=True)
class Key:
    """`is_sane(value, config)`; `expected` in words for the error. `absent`: the value the class
    takes where the key is missing, given only where that means "switched off" in every version."""

    is_sane: Callable[[Any, Values], bool]
    expected: str
    absent: Any = REQUIRED


def _is_positive(value: Any, config: Values) -> bool:
    return is_number(value) and value > 0


def _is_epsilon(value: Any, config: Values) -> bool:
    return is_number(value) and 0 < value < 0.1


def _is_any_number(value: Any, config: Values) -> bool:
    return is_number(value)


def _is_table_size(value: Any, config: Values) -> bool:
    return is_count(value) and value <= _LARGEST


def _is_counts(value: Any, length: int) -> bool:
    if not isinstance(value, list) or len(value) != length:
        return False
    return all(is_count(number) and number <= _LARGEST for number in value)


def _are_axes(value: Any, config: Values) -> bool:
    head = config["dim"] // config["n_heads"]
    return _is_counts(value, 3) and sum(value) == head and not any(n % 2 for n in value)


def _is_head_count(value: Any, config: Values) -> bool:
    return is_count(value) and config["dim"] % value == 0


def _divides_channels(value: Any, config: Values) -> bool:
    return is_count(value) and not any(n % value for n in config["block_out_channels"])


def _are_attention_kinds(value: Any, config: Values) -> bool:
    if value is None:
        return True
    kinds = {"full_attention"} | (
        {"sliding_attention"} if config.get("use_sliding_window") else set()
    )
    return (
        isinstance(value, list)
        and len(value) == config["num_hidden_layers"]
        and all(kind in kinds for kind in value)
    )


def _is_name(value: Any, config: Values) -> bool:
    return isinstance(value, str) and value.isidentifier()


def _off(value: object, expected: str, is_sane: Callable[[Any, Values], bool] | None = None) -> Key:
    """A key whose absence means `value`."""
    same_type = lambda found, config: type(found) is type(value)  # noqa: E731
    return Key(is_sane or same_type, expected, value)


def _channel_numbers(value: Any, config: Values) -> bool:
    return value is None or (isinstance(value, list) and all(map(is_number, value)))


_FLAG = "true or false"

TRAINED: Mapping[str, Mapping[str, Key]] = {
    "transformer": {
        # Proven as well wherever there are attention norms, and that is in every known model.
        "n_heads": Key(_is_head_count, "a divisor of dim"),
        "n_kv_heads": Key(lambda value, config: value == config["n_heads"], "as n_heads"),
        "axes_dims": Key(_are_axes, "3 even numbers, their sum dim / n_heads"),
        "axes_lens": Key(lambda value, config: _is_counts(value, 3), "3 whole numbers above 0"),
        "norm_eps": Key(_is_epsilon, "a number above 0 and below 0.1"),
        "rope_theta": Key(_is_positive, "a number above 0"),
        "t_scale": Key(_is_positive, "a number above 0"),
    },
    "text_encoder": {
        "rms_norm_eps": Key(_is_epsilon, "a number above 0 and below 0.1"),
        "hidden_act": Key(_is_name, "the name of an activation"),
        "use_sliding_window": _off(False, _FLAG),
        "layer_types": _off(None, "full_attention for every layer", _are_attention_kinds),
    },
    "vae": {
        "act_fn": Key(_is_name, "the name of an activation"),
        "norm_num_groups": Key(_divides_channels, "a divisor of all block_out_channels"),
        "scaling_factor": Key(_is_positive, "a number above 0"),
        "shift_factor": Key(_is_any_number, "a number"),
        "latents_mean": _off(None, "null or numbers", _channel_numbers),
        "latents_std": _off(None, "null or numbers", _channel_numbers),
    },
    "scheduler": {
        "num_train_timesteps": Key(_is_table_size, f"a whole number from 1 to {_LARGEST}"),
        "shift": Key(_is_positive, "a number above 0"),
        "use_dynamic_shifting": Key(lambda value, config: isinstance(value, bool), _FLAG),
        "invert_sigmas": _off(False, _FLAG),
        "shift_terminal": _off(None, "null or a number", lambda v, c: v is None or is_number(v)),
        "stochastic_sampling": _off(False, _FLAG),
        "use_beta_sigmas": _off(False, _FLAG),
        "use_exponential_sigmas": _off(False, _FLAG),
        "use_karras_sigmas": _off(False, _FLAG),
        # Read only by dynamic shifting, but the pipeline computes with them at any rate.
        "base_image_seq_len": _off(256, "a whole number above 0", lambda v, c: is_count(v)),
        "base_shift": _off(0.5, "a number", _is_any_number),
        "max_image_seq_len": _off(4096, "a whole number above 0", lambda v, c: is_count(v)),
        "max_shift": _off(1.15, "a number", _is_any_number),
        "time_shift_type": _off(
            "exponential", "exponential or linear", lambda v, c: v in ("exponential", "linear")
        ),
    },
}

# No picture changes without these: they name versions, steer training or the writing of text,
# size a cache, or are set by the engine itself (sample_size: its tiles). One that keeps its class
# from being built is left out.
MAY_BE_ABSENT: Mapping[str, frozenset[str]] = {
    "transformer": frozenset({"_diffusers_version"}),
    "text_encoder": frozenset(
        {
            "attention_dropout",
            "bos_token_id",
            "dtype",
            "eos_token_id",
            "initializer_range",
            "max_position_embeddings",
            "max_window_layers",
            "pad_token_id",
            "sliding_window",
            "tie_word_embeddings",
            "torch_dtype",
            "transformers_version",
            "use_cache",
        }
    ),
    "vae": frozenset({"_diffusers_version", "force_upcast", "sample_size"}),
    "scheduler": frozenset({"_diffusers_version"}),
    "tokenizer": frozenset(
        {"backend", "eos_token", "extra_special_tokens", "model_max_length", "padding_side"}
    ),
}
