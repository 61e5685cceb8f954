"""States of the page worth showing, by the ids under which the texts name them: what the address then says."""

PRESETS = {
    "inverted": {"n": "4"},
    "relu6-end": {"n": "4", "end": "relu6"},
    "no-shortcut": {"n": "4", "end": "relu6", "stride": "2"},
    "sixteen": {"n": "16", "end": "relu6"},
    "no-expansion": {"ratio": "1"},
    "folded": {"n": "2", "readout": "neighbours"},
    "gate": {"block": "inverted-v3", "n": "2"},
    "sandglass": {"block": "sandglass", "n": "24"},
    "residual": {"block": "residual", "n": "4"},
    "dense": {"block": "dense", "n": "4"},
}
