"""States of the page worth showing, by the ids under which the texts name them: what the address then says."""

PRESETS = {
    "trained": {"depth": "16"},
    "middle": {"depth": "8"},
    "brightness": {"views": "translation-brightness", "color": "second"},
    "random": {"weights": "random"},
    "relu6": {"switch": "relu6", "block": "9"},
    "shortcut": {"switch": "relu6", "block": "10"},
    "repaired": {"switch": "relu6", "block": "9", "repair": "affine"},
    "mobilenet": {"network": "mobilenet_v2", "depth": "17"},
}
