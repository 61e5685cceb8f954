"""States of the page worth showing, by the ids under which the texts name them: what the address then says."""

PRESETS = {
    "five": {"n": "5"},
    "two": {"n": "2"},
    "thirty": {"n": "30"},
    "doubled": {"n": "30", "decoder": "doubled"},
    "lucky": {"n": "5", "draw": "27"},
    "wrong-inverse": {"n": "30", "view": "readings"},
    "relu6-small": {"n": "12", "activation": "relu6"},
    "relu6-large": {"n": "12", "activation": "relu6", "scale": "15"},
    "space": {"n": "3", "view": "space"},
    "tour": {"n": "8", "view": "tour"},
    "tanh": {"n": "5", "activation": "tanh", "scale": "3"},
}
