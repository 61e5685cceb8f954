"""Takes in what a watch hears, and keeps it site by site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from manifold.checks import fault
from manifold.nets.probing.channels import Origin
from manifold.nets.probing.operations import Operation, known_operations
from manifold.nets.probing.patterns import Told, fits, told
from manifold.nets.probing.sites import Site
from manifold.nets.probing.tally import Sample, Tally
from manifold.registry import choose


class Collector:
    """Takes in what a watch hears, site by site."""

    def __init__(self, patterns: Sequence[str], keep: int, rng: np.random.Generator, *, counting: bool, axis: Told) -> None:
        self.tallies: dict[Site, Tally] = {}
        self.seen: dict[Site, None] = {}  # in the order in which they ran
        self._patterns, self._keep, self._rng, self._counting, self._axis = patterns, keep, rng, counting, axis

    def note(self, site: Site, operation: Operation, z: Tensor, origin: Origin) -> None:
        """Take in the pre-activations of one call."""
        self.seen[site] = None
        if self._patterns and not any(fits(pattern, site) for pattern in self._patterns):
            return
        axis = told(self._axis, site, origin.axis)
        if not -z.ndim <= axis < z.ndim:
            raise fault(
                ValueError, "axis {axis} of {site} must be one of its shape {shape}", axis=axis, site=site, shape=tuple(z.shape)
            )
        channels = z.shape[axis]
        if site not in self.tallies:
            sample = Sample(self._keep, self._rng)
            self.tallies[site] = Tally(operation, channels, origin.inputs, sample, counting=self._counting)
        tally = self.tallies[site]
        if tally.channels != channels:
            sentence = "{site} has {channels} channels on axis {axis}, and had {before} before; tell the axis of its channels"
            raise fault(ValueError, sentence, site=site, channels=channels, axis=axis, before=tally.channels)
        tally.add(z, axis)

    def check_matched(self, *more: Told) -> None:
        """ValueError if nothing was seen, or a pattern fits no site."""
        if not self.seen:
            raise fault(
                ValueError,
                "the model called no activation that a probe can see; it sees calls from Python of {known}",
                known=", ".join(known_operations()),
            )
        patterns = [*self._patterns, *(name for told in (self._axis, *more) if isinstance(told, Mapping) for name in told)]
        for pattern in patterns:
            if not any(fits(pattern, site) for site in self.seen):
                choose(pattern, [str(site) for site in self.seen], "site")
