"""Networks that were trained, beside the same ones with random weights: what they keep of what passes through them."""
