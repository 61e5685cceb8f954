"""States of the page worth showing, by the ids under which the texts name them: what the address then says."""

PRESETS = {
    "easy": {"network": "dense"},
    "chosen": {"threshold": "0.65"},
    "first": {"threshold": "0"},
    "doubtful": {"threshold": "0.99"},
    "residual": {"network": "residual"},
    "overthinking": {"network": "residual", "threshold": "0"},
    "plain": {"network": "plain", "threshold": "0.75"},
    "connections": {"view": "dense"},
    "equal": {"view": "dense", "plain": "40"},
    "greedy": {"view": "dense", "growth": "48", "layers": "8", "plain": "400"},
}
