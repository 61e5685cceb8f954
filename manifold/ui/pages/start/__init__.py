"""Start: what the picture is."""
