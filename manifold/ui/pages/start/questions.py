"""What learners ask, by the ids under which the texts name the questions: the page, and the state of it, that settles each."""

QUESTIONS = {
    "image": ("spiral", {"n": "3", "view": "space"}),
    "inverse": ("spiral", {"n": "30", "view": "readings"}),
    "expansion": ("channels", {"n": "12"}),
    "end": ("blocks", {"n": "4", "end": "relu6"}),
    "everywhere": ("train", {"n": "16"}),
    "ablation": ("train", {"n": "2"}),
    "second-end": ("where", {"n": "8", "activation": "relu6", "scale": "15"}),
    "volume": ("where", {"n": "5"}),
    "bound": ("channels", {"n": "48", "dimension": "8", "view": "bound"}),
    "names": ("blocks", {"n": "4"}),
    "dimension": ("network", {"depth": "16"}),
    "unrolling": ("unrolling", {"k": "40", "view": "lines"}),
    "layer": ("lifting", {"lift": "bowl"}),
    "saturation": ("channels", {"n": "15", "dimension": "8"}),
    "dense": ("exits", {"view": "dense"}),
    "exits": ("exits", {"network": "dense"}),
    "own": ("unrolling", {"dataset": "your file"}),
    "settings": ("spiral", {"n": "5", "draw": "27"}),
    "hand-on": ("spiral", {"n": "30", "decoder": "doubled"}),
}

BAD = ("end", "unrolling", "saturation", "settings")
"""States that teach by being bad."""
