"""States of the page worth showing, by the ids under which the texts name them: what the address then says."""

PRESETS = {
    "relu6": {"n": "2"},
    "shortcuts": {"shortcut": "bottleneck"},
    "relu": {"activation2": "relu"},
    "sixteen-channels": {"n": "16"},
    "width": {"differs": "width"},
    "shortcut": {"differs": "shortcut"},
    "luck": {"differs": "draw"},
    "too-fast": {"rate": "100"},
}
