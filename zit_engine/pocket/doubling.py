"""A VAE that paints twice the side out of the latents the transformer already knows.

In: a trained VAE of four blocks (8 px a cell). Out: one of five blocks (16 px a cell) of the same
stock class: the four, and a block at the full side on either end. A square of 32 cells, 256 tokens
for the transformer, so becomes 512 px at the price of two blocks. The latents stay what they are;
the new block's encoder is made, not taught, and its decoder begins by painting pixels as squares.
"""

from __future__ import annotations

from itertools import product

import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

NEIGHBOURS = 27  # three colours at nine places


def doubled(vae: AutoencoderKL) -> AutoencoderKL:
    """A VAE of one more block that begins nearly where `vae` is: it reads a picture as `vae` reads
    its halved one, and paints every pixel of it as four.

    Raises ValueError where the first block has too few channels to hold a pixel's neighbours.
    """
    config = vae.config
    if config.block_out_channels[0] < NEIGHBOURS:
        raise ValueError(f"{config.block_out_channels[0]} channels, at least {NEIGHBOURS} needed")
    blocks = len(config.block_out_channels) + 1
    told = {key: value for key, value in config.items() if not key.startswith("_")}
    new = AutoencoderKL.from_config(told | {
        "block_out_channels": [config.block_out_channels[0], *config.block_out_channels],
        "down_block_types": ["DownEncoderBlock2D"] * blocks,
        "up_block_types": ["UpDecoderBlock2D"] * blocks,
    })  # fmt: skip
    state = {_place(name): value for name, value in vae.state_dict().items()}
    new.load_state_dict(state | {name: new.state_dict()[name] for name in _missing(new, state)})
    _read_halved(new.encoder, vae.encoder.conv_in)
    _paint_fourfold(new.decoder)
    return new


def _place(name: str) -> str:
    """Where a weight of the smaller VAE stands in the larger: its encoder's blocks move inwards."""
    if not name.startswith("encoder.down_blocks."):
        return name
    first, second, number, rest = name.split(".", 3)
    return f"{first}.{second}.{int(number) + 1}.{rest}"


def _missing(new: AutoencoderKL, state: dict[str, Tensor]) -> set[str]:
    return set(new.state_dict()) - set(state)


@torch.no_grad()
def _read_halved(encoder: nn.Module, old: nn.Conv2d) -> None:
    """Channels hold each colour at nine places, which the halving convolution then adds up as the
    old first one would have done on means of 2 x 2. It reaches 5 of the 6 pixels that needs: the
    nearest one stands for the sixth."""
    width, block = old.out_channels, encoder.down_blocks[0]
    _silence(block.resnets)
    encoder.conv_in.weight.zero_()
    encoder.conv_in.bias.zero_()
    halving = block.downsamplers[0].conv
    halving.weight.zero_()
    halving.bias.copy_(old.bias)
    for shift, colour in product(range(9), range(3)):
        encoder.conv_in.weight[shift * 3 + colour, colour, shift // 3, shift % 3] = 1
    for (i, j), (y, x) in product(product(range(3), repeat=2), product(range(2), repeat=2)):
        down, across = (max(-1, 2 * (at - 1) + within) for at, within in ((i, y), (j, x)))
        row, column = min(max(down, 0), 2), min(max(across, 0), 2)
        first = ((down - row + 1) * 3 + across - column + 1) * 3
        halving.weight[:, first : first + 3, row, column] += old.weight[:width, :, i, j] / 4


@torch.no_grad()
def _paint_fourfold(decoder: nn.Module) -> None:
    wide = decoder.up_blocks[-2].upsamplers[0].conv
    nn.init.dirac_(wide.weight)
    wide.bias.zero_()
    _silence(decoder.up_blocks[-1].resnets)


def _silence(resnets: nn.ModuleList) -> None:
    """Blocks that hand on what they get, until they learn to add to it."""
    for resnet in resnets:
        resnet.conv2.weight.zero_()
        resnet.conv2.bias.zero_()
