"""The small files beside the weights: encodings, other models' configurations, the tokenizer."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.engine.broken import (
    CONFIGS,
    change,
    check_mended,
    link_pocket,
    paint,
    read_json,
    refuse,
)
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.repair import inspect, mend


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return link_pocket(tmp_path / "model")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("file", sorted(CONFIGS))
def test_odd_encodings(folder: Path, tmp_path: Path, file, encoding):
    text = (folder / file).read_text()
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (folder / file).write_bytes((mark + text).encode(encoding))
    assert check_mended(folder, tmp_path / "overlays") == (f"{file}:file",)


@pytest.mark.parametrize("file", sorted(CONFIGS))
def test_line_ends_of_windows_need_no_repair(folder: Path, tmp_path: Path, file):
    (folder / file).write_bytes((folder / file).read_bytes().replace(b"\n", b"\r\n"))
    assert check_mended(folder, tmp_path / "overlays") == ()


@pytest.mark.parametrize("content", [None, b"", b"[1, 2]", b"{", b"\xff\x00\xfe", b"[" * 9000])
@pytest.mark.parametrize("file", sorted(CONFIGS))
def test_a_small_file_that_is_gone_or_no_json(folder: Path, tmp_path: Path, file, content):
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    assert f"{file}:file" in check_mended(folder, tmp_path / "overlays")


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
@pytest.mark.parametrize("file", sorted(CONFIGS))
def test_what_is_no_file_counts_as_missing(folder: Path, tmp_path: Path, file, kind):
    path = folder / file
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path.name)
    assert f"{file}:file" in check_mended(folder, tmp_path / "overlays")


def test_a_note_on_quantisation_over_plain_weights(folder: Path, tmp_path: Path):
    note = {"quant_method": "bitsandbytes", "load_in_8bit": True}
    file = folder / "text_encoder" / "config.json"
    change(file, lambda data: data.update(quantization_config=note))
    assert check_mended(folder, tmp_path / "overlays") == (
        "text_encoder/config.json:quantization_config",
    )


DEIT = {
    "architectures": ["DeiTForImageClassification"],
    "attention_probs_dropout_prob": 0.0,
    "encoder_stride": 16,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "hidden_size": 768,
    "image_size": 224,
    "initializer_range": 0.02,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-12,
    "model_type": "deit",
    "num_attention_heads": 12,
    "num_channels": 3,
    "num_hidden_layers": 12,
    "patch_size": 16,
    "qkv_bias": True,
}


def test_a_deit_config_over_qwen_weights(folder: Path, tmp_path: Path):
    """The error that stopped the older program: the weights prove that it is Qwen3."""
    (folder / "text_encoder" / "config.json").write_text(json.dumps(DEIT))
    changed = check_mended(folder, tmp_path / "overlays")
    assert "text_encoder/config.json:model_type" in changed
    made = read_json(mend(folder, tmp_path / "overlays") / "text_encoder" / "config.json")
    assert made["model_type"] == "qwen3" and made["architectures"] == ["Qwen3Model"]
    assert not {"image_size", "patch_size", "qkv_bias"} & made.keys()


@pytest.mark.parametrize("model_type", ["qwen2", "qwen2_5_vl", "bert", "no such model", 3, None])
def test_another_models_name_in_a_right_config(folder: Path, tmp_path: Path, model_type):
    file = folder / "text_encoder" / "config.json"
    change(file, lambda data: data.update(model_type=model_type, architectures=["QwenModel"]))
    assert "text_encoder/config.json:model_type" in check_mended(folder, tmp_path / "overlays")


def test_a_missing_norm_type(folder: Path, tmp_path: Path):
    """The other error that stopped the older program."""
    change(folder / "transformer" / "config.json", lambda data: data.pop("norm_type"))
    (repair,) = inspect(folder).repairs
    assert (repair.file, repair.key) == ("transformer/config.json", "norm_type")
    assert (repair.found, repair.became) == ("missing", '"rms_norm"')
    assert check_mended(folder, tmp_path / "overlays") == ("transformer/config.json:norm_type",)


FOREIGN = {
    "Flux": ("transformer", "single_transformer_blocks.0.attn.to_q.weight"),
    "Stable Diffusion (a UNet)": ("transformer", "down_blocks.0.resnets.0.conv1.weight"),
    "Qwen-Image": ("transformer", "transformer_blocks.0.img_mod.1.weight"),
    "a LoRA adapter": ("transformer", "layers.0.attention.to_q.lora_A.weight"),
    "Z-Image in one file": ("transformer", "layers.0.attention.qkv.weight"),
    "T5": ("text_encoder", "encoder.block.0.layer.0.SelfAttention.q.weight"),
    "CLIP": ("text_encoder", "text_model.embeddings.token_embedding.weight"),
    "ViT or DeiT": ("text_encoder", "deit.embeddings.cls_token"),
    "BERT": ("text_encoder", "bert.embeddings.word_embeddings.weight"),
    "Qwen-VL": ("text_encoder", "visual.patch_embed.proj.weight"),
    "a tiny VAE": ("vae", "decoder.layers.0.weight"),
}


@pytest.mark.parametrize("family", FOREIGN)
def test_weights_of_another_model_are_named(folder: Path, family):
    part, name = FOREIGN[family]
    for path in (folder / part).glob("*.safetensors"):
        path.unlink()
    save_file({name: torch.zeros(8, 8)}, folder / part / "model.safetensors")
    told = refuse(folder)
    assert told["file"] == part and family in str(told["found"])


def test_the_older_qwen_is_told_from_the_newer(folder: Path):
    (path,) = (folder / "text_encoder").glob("*.safetensors")
    path.unlink()
    layer = "model.layers.0.self_attn.q_proj"
    held = {"model.embed_tokens.weight": torch.zeros(60, 8), f"{layer}.weight": torch.zeros(8, 8)}
    save_file(held | {f"{layer}.bias": torch.zeros(8)}, path)
    assert "Qwen2" in str(refuse(folder)["found"])


def test_another_pipelines_index(folder: Path, tmp_path: Path):
    other = {
        "_class_name": "StableDiffusionXLPipeline",
        "text_encoder": ["transformers", "CLIPTextModel"],
        "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
        "unet": ["diffusers", "UNet2DConditionModel"],
    }
    (folder / "model_index.json").write_text(json.dumps(other))
    assert check_mended(folder, tmp_path / "overlays")
    made = read_json(mend(folder, tmp_path / "overlays") / "model_index.json")
    shipped = read_json(POCKET_FOLDER / "model_index.json")
    assert made == {key: shipped[key] for key in made}


def test_a_stock_pipeline_takes_the_mended_folder(folder: Path, tmp_path: Path):
    """What the loader here never reads (model_index.json) is right as well."""
    from diffusers import ZImagePipeline

    for file in CONFIGS:
        (folder / file).unlink()
    made = mend(folder, tmp_path / "overlays")
    pipeline = ZImagePipeline.from_pretrained(made, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    picture = pipeline(
        "strawberry cake",
        height=64,
        width=64,
        num_inference_steps=2,
        guidance_scale=0.0,
        generator=torch.Generator().manual_seed(1),
    ).images[0]
    assert picture.tobytes() == paint(POCKET_FOLDER)
