"""States of the page worth showing, by the ids under which the texts name them: what the address then says."""

PRESETS = {
    "five": {"n": "5"},
    "three": {"n": "3"},
    "two": {"n": "2"},
    "eight": {"n": "8"},
    "unlucky": {"n": "5", "draw": "323"},
    "thirty": {"n": "30"},
    "relu6-small": {"n": "8", "activation": "relu6"},
    "relu6-large": {"n": "8", "activation": "relu6", "scale": "15"},
    "leaky": {"n": "2", "activation": "leaky_relu"},
}
