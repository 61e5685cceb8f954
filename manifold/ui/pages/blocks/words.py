"""The page Blocks in words: the block as published, how it is set here, and what to notice about it."""

from __future__ import annotations

from manifold.nets import BLOCKS
from manifold.text import named, say, section
from manifold.ui.pages.blocks.views import BlockSetting


def about(setting: BlockSetting) -> str:
    """The block's idea, and in what it differs here from that."""
    kind = BLOCKS[setting.kind]
    idea = named(BLOCKS, setting.kind, "idea")
    told = [say("blocks.about", title=named(BLOCKS, setting.kind), source=named(BLOCKS, setting.kind, "source"), idea=idea)]
    if setting.bottleneck_activation != "linear":
        told.append(say("blocks.set.end"))
    if setting.expand_ratio != kind.ratio:
        told.append(say("blocks.set.ratio", ratio=f"{setting.expand_ratio:.3g}", own=f"{kind.ratio:.3g}"))
    if not _same_shape(setting) and section("blocks", f"same-{setting.kind}", otherwise=""):
        told.append(say("blocks.set.no-shortcut"))
    return " ".join(told)


def notice(setting: BlockSetting) -> str:
    """What to notice about the block, and about what its shortcut does here."""
    seen = section("blocks", f"notice-{setting.kind}", otherwise=named(BLOCKS, setting.kind, "idea"))
    shape = "same" if _same_shape(setting) else "changed"
    return f"{seen}\n{section('blocks', f'{shape}-{setting.kind}', otherwise='')}".strip()


def _same_shape(setting: BlockSetting) -> bool:
    """Whether the output has the input's shape, so that a shortcut can add the input as it is."""
    return setting.stride == 1 and setting.out == "same"
