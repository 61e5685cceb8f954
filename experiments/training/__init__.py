"""Claims about training: what a linear bottleneck, a shortcut, dense connections and early exits are worth."""
