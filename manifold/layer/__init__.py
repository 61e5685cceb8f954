"""A layer y = f(T x): its activation f, the laws of T, the equations that its active rows hold, and how x is read back."""
