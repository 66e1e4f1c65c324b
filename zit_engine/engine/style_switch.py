"""Resident styles on the own forward, switched by choosing tensors.

Comes in: the names of resident adapters with their weights. Goes out: what OwnForward multiplies.
No other style is visited: a switch among 16 takes as long as among two. The tensors are those PEFT
holds, which go on living in the packed ones made here. It loads no file.
"""

import itertools
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from zit_engine.engine.block import LowRank
from zit_engine.engine.forward import OwnForward
from zit_engine.engine.fusing import GROUPS, base_layer
from zit_engine.engine.merged_sets import MOST_BYTES, MergedSets, Selection, WeightSet

# Weighted styles kept at hand: the ones of a comparison, each 160 MB at full size and rank 32.
_KEPT = 4
Pack = dict[str, LowRank]


class StyleSwitch:
    """Not thread-safe; the engine's lock guards it."""

    def __init__(self, forward: OwnForward, most_bytes: int = MOST_BYTES):
        """`most_bytes`: what weights with a style in them may take together."""
        self._forward = forward
        self.merged = MergedSets(most_bytes)
        self._model = forward.transformer
        self._packs: dict[str, Pack] = {}
        self._weighted: OrderedDict[tuple[tuple[str, float], ...], Pack] = OrderedDict()

    def add(self, name: str) -> None:
        """Take the adapter `name` that PEFT has just loaded."""
        layers = self._layers(name)
        pack: Pack = {}
        left = set(layers)
        for block in self._forward.weights:
            groups = {
                group: [f"{block}.{member}" for member in members]
                for group, members in GROUPS.items()
            }
            touched = left.intersection(itertools.chain(*groups.values()))
            left -= touched
            # All products of a block or none, so that blocks come in two kinds only.
            for group, names in groups.items() if touched else ():
                pack[f"{block}.{group}"] = self._packed(layers, names, name)
        for path in left:
            pack[path] = self._packed(layers, [path], name)
        self._packs[name] = pack

    def pack(self, name: str) -> Mapping[str, LowRank]:
        """What the adapter multiplies, by layer or by block and group."""
        return self._packs[name]

    def forget(self, name: str) -> None:
        self._packs.pop(name, None)
        for key in [key for key in self._weighted if any(name == each for each, _ in key)]:
            del self._weighted[key]
        self.merged.forget(name)

    def choose(self, chosen: Sequence[tuple[str, float]]) -> None:
        """These adapters, each with its weight, and no other; nothing for the base."""
        key = tuple(chosen)
        pack = self._weighted.get(key)
        if pack is None:
            pack = _together([_weighted(self._packs[name], weight) for name, weight in key])
            self._weighted[key] = pack
        self._weighted.move_to_end(key)
        while len(self._weighted) > _KEPT:
            self._weighted.popitem(last=False)
        self._forward.set_styles(pack, self._with_style(key, pack))

    def let_sets_go(self) -> None:
        """Give back what merged weights take; the next style makes its own anew."""
        self._forward.set_styles({})
        self.merged.clear()

    def merge_no_more(self) -> None:
        """The same for good; styles are multiplied beside the weights from now on."""
        self.let_sets_go()
        self.merged.most_bytes = 0

    def _with_style(self, key: Selection, pack: Pack) -> WeightSet | None:
        """Merged weights, kept or to be made; None where they have no room."""
        kept = self.merged.get(key)
        if kept is not None or not pack:
            return kept
        self._forward.set_styles({})  # it holds a set that may have to go
        size = self._forward.set_bytes
        return self.merged.new(key, size) if self.merged.make_room(size) else None

    def _layers(self, name: str) -> dict[str, Any]:
        """Path -> the layer PEFT wrapped for the adapter."""
        found = {}
        for path, module in self._model.named_modules():
            if name in getattr(module, "lora_A", ()):
                # The files are read with alpha = rank, whatever they say.
                assert module.scaling[name] == 1.0, path
                found[path] = module
        return found

    def _packed(self, layers: Mapping[str, Any], names: Sequence[str], name: str) -> LowRank:
        """The adapter on the layers at `names`, zeros where it leaves one alone."""
        rank = next(iter(layers.values())).lora_A[name].out_features  # the same in a whole file
        base = base_layer(self._model, names[0])
        packed = LowRank(
            base.weight.new_zeros((len(names), rank, base.in_features)),
            base.weight.new_zeros((len(names), base.out_features, rank)),
        )
        for each, low_down, low_up in zip(names, *packed, strict=True):
            module = layers.get(each)
            if module is not None:
                for layer, low in ((module.lora_A[name], low_down), (module.lora_B[name], low_up)):
                    low.copy_(layer.weight.data)
                    layer.weight.data = low
        return LowRank(packed.down, packed.up.flatten(0, 1))


def _weighted(pack: Pack, weight: float) -> Pack:
    if weight == 1.0:
        return pack
    ups = torch._foreach_mul([low.up for low in pack.values()], weight)
    return {path: LowRank(low.down, up) for (path, low), up in zip(pack.items(), ups, strict=True)}


def _together(packs: Sequence[Pack]) -> Pack:
    """Several styles at once: their ranks side by side."""
    if len(packs) == 1:
        return packs[0]
    found: dict[str, list[LowRank]] = {}
    for pack in packs:
        for path, low in pack.items():
            found.setdefault(path, []).append(low)
    return {
        path: LowRank(
            torch.cat([low.down for low in lows], 1), torch.cat([low.up for low in lows], 1)
        )
        for path, lows in found.items()
    }
