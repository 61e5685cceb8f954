"""Real network: a known manifold through the layers of a network that was trained, and of one that was not."""
