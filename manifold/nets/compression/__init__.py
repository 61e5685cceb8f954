"""Networks made smaller, and what that does to what passes through them."""
