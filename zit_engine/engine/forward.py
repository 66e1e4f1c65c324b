"""The transformer's forward for one picture, with all that does not change between its steps done
once: caption, positions, tables.

Comes in: what ZImagePipeline gives its transformer. Goes out: what it expects back. It takes the
stock module's weights and stands in place of its forward; anything but one plain picture goes to
the stock forward. It knows nothing of pipelines, devices or files.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch.nn.functional import layer_norm, rms_norm

from zit_engine.engine.attention import KERNELS, NATIVE
from zit_engine.engine.block import Epsilons, LowRank, Scales, Styled, Weights, block
from zit_engine.engine.fusing import GROUPS, block_paths, block_weights, merged
from zit_engine.engine.modulation import Modulation, norm_weights, product

RunBlock = Callable[..., torch.Tensor]
_PATCH, _FRAMES = 2, 1  # the one patch Z-Image has
_FINAL_EPS = 1e-6  # of FinalLayer in diffusers


class Way(NamedTuple):
    """How the main layers run: as `block`, with rope tables in the form it reads."""

    run: RunBlock
    rope_of: Callable[[torch.Tensor], torch.Tensor]


class Picture(NamedTuple):
    """What stays the same through the steps of one picture."""

    embedding: torch.Tensor
    size: tuple[int, ...]
    caption: torch.Tensor  # (tokens, dim), behind its refiners
    padding: int  # tokens behind the picture's own
    x_rope: torch.Tensor
    rope: torch.Tensor  # of picture and caption together
    run: RunBlock


EAGER = Way(block, lambda rope: rope)


class OwnForward:
    """Not thread-safe: one picture at a time, as the engine paints."""

    def __init__(self, transformer: Any):
        self.transformer, self._stock = transformer, transformer.forward
        self.way = EAGER  # any thread may change it; the next picture goes it
        self._styles: Mapping[str, LowRank] = {}
        self._styled: Mapping[str, Styled] = {}
        self._with_style: dict[str, Weights] | None = None
        paths = block_paths(transformer)
        self.weights = {path: block_weights(transformer, path) for path in paths}
        first = transformer.layers[0]
        self.epsilons = Epsilons(first.attention_norm1.eps, first.attention.norm_q.eps)
        self._modulated = [path for path in paths if not path.startswith("context_refiner")]
        self._modulation = Modulation(transformer, self._modulated)
        self._plain = {
            path: Scales(*norm_weights(transformer, path).unbind(0))
            for path in paths
            if path.startswith("context_refiner")
        }
        self._picture: Picture | None = None
        self.attend = KERNELS[NATIVE]
        self.open()

    @property
    def heads(self) -> tuple[int, int]:
        """(number, features of each)."""
        features = int(self.transformer.layers[0].attention.norm_q.weight.shape[0])
        return int(self.transformer.config.dim) // features, features

    @property
    def dtype(self) -> torch.dtype:
        """What it multiplies in."""
        return self.weights["layers.0"].qkv.dtype

    def open(self) -> None:
        """Stand in place of the stock forward."""
        self.transformer.forward = self

    def close(self) -> None:
        """Give the stock forward back."""
        self.transformer.forward = self._stock

    @property
    def set_bytes(self) -> int:
        """What a set of merged weights takes."""
        return sum(
            getattr(each, group).nbytes for each in self.weights.values() for group in GROUPS
        )

    def set_styles(
        self, styles: Mapping[str, LowRank], with_style: dict[str, Weights] | None = None
    ) -> None:
        """The active style by path of a layer, or of a block and one of GROUPS; {} for none.
        `with_style`: weights of blocks with the style in them, made here as blocks are first
        needed; None: the style is multiplied beside the weights."""
        self._styles, self._with_style = styles, with_style
        self._styled = self._of_blocks(styles)
        self._picture = None  # the caption is read through the style too

    def _of_blocks(self, styles: Mapping[str, LowRank]) -> dict[str, Styled]:
        return {
            path: Styled(**{group: styles[f"{path}.{group}"] for group in GROUPS})
            for path in self.weights
            if f"{path}.qkv" in styles
        }

    def __call__(
        self, x: list[torch.Tensor], t: torch.Tensor, cap_feats: list[torch.Tensor], **rest: Any
    ) -> Any:
        is_plain = len(x) == 1 and isinstance(x[0], torch.Tensor)
        if not is_plain or any(v is not None and v is not False for v in rest.values()):
            return self._stock(x, t, cap_feats, **rest)
        return ([self._step(x[0], t, cap_feats[0])],)

    def _step(self, x: torch.Tensor, t: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        """One forward of the latents `x` (channels, 1, height, width)."""
        picture, model = self._picture, self.transformer
        if picture is None or picture.embedding is not embedding or picture.size != x.shape:
            picture = self._picture = self._new_picture(x, embedding)
        time = self._modulation.time(t, self._styles, x.dtype)
        scales = dict(
            zip(self._modulated, self._modulation.scales(time, self._styles), strict=True)
        )
        tokens, size, _ = model._patchify_image(x, _PATCH, _FRAMES)
        count = len(tokens)
        tokens = self._product("all_x_embedder.2-1", tokens)
        if picture.padding:
            tokens = torch.cat([tokens, model.x_pad_token.expand(picture.padding, -1)])
        for path in self._modulated:
            if path.startswith("noise_refiner"):
                tokens = self._block(path, tokens, picture.x_rope, scales[path], block)
        tokens = torch.cat([tokens, picture.caption])
        for path in self._modulated:
            if path.startswith("layers"):
                tokens = self._block(path, tokens, picture.rope, scales[path], picture.run)
        out = layer_norm(tokens[:count], tokens.shape[-1:], eps=_FINAL_EPS)
        out = out * self._modulation.final(time, self._styles)
        out = self._product("all_final_layer.2-1.linear", out)
        painted: torch.Tensor = model.unpatchify([out], [size], _PATCH, _FRAMES)[0]
        return painted

    def _new_picture(self, x: torch.Tensor, embedding: torch.Tensor) -> Picture:
        model = self.transformer
        made = model.patchify_and_embed([x], [embedding], _PATCH, _FRAMES)
        patches, captions, _, x_ids, caption_ids, x_pad, caption_pad = (each[0] for each in made)
        norm = model.cap_embedder[0]
        caption = rms_norm(captions, captions.shape[-1:], norm.weight, norm.eps)
        caption = self._product("cap_embedder.1", caption)
        caption = torch.where(caption_pad[:, None], model.cap_pad_token, caption)
        x_rope = model.rope_embedder(x_ids)[: len(patches)]
        caption_rope = model.rope_embedder(caption_ids)[: len(captions)]
        for path, scales in self._plain.items():
            caption = self._block(path, caption, caption_rope, scales, block)
        way = self.way
        rope = way.rope_of(torch.cat([x_rope, caption_rope]))
        return Picture(embedding, x.shape, caption, int(x_pad.sum()), x_rope, rope, way.run)

    def _block(
        self, path: str, x: torch.Tensor, rope: torch.Tensor, scales: Scales, run: RunBlock
    ) -> torch.Tensor:
        weights, styled = self._weights_of(path)
        return run(x, rope, scales, weights, styled, self.epsilons, self.attend)

    def _weights_of(self, path: str) -> tuple[Weights, Styled | None]:
        """Of the block at `path`, and the style that is not in them."""
        weights, styled = self.weights[path], self._styled.get(path)
        if styled is None or self._with_style is None:
            return weights, styled
        if path not in self._with_style:
            self._with_style[path] = merged(weights, styled)
        return self._with_style[path], None

    def _product(self, path: str, x: torch.Tensor) -> torch.Tensor:
        return product(self.transformer, self._styles, path, x)
