"""Dense and early exits: who may leave a network early, and what reading everything before costs."""
