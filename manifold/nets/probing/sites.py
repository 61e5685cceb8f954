"""Every activation of a running model, before it acts: modules, functions, in place or not, in the order in which they run.

One mode hears all of torch's functions that Python calls, on its own thread. Nothing is written to the model: which module
called is read from the stack, so that others may run the same model meanwhile.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from manifold.nets.probing.channels import Channels, Origin
from manifold.nets.probing.operations import Operation, read_call

_CALL = nn.Module._call_impl.__code__
_CLOSED = {"lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell", "glu"}


class Site(NamedTuple):
    """One place in a network where an activation acts.

    Attributes
    ----------
    path : str
        Of the innermost module that is running, as in `named_modules`; "" for the model itself.
    operation : str
        Name of the activation.
    call : int
        Which call of this operation in this module it is, within one batch; from 1.
    """

    path: str
    operation: str
    call: int

    def __str__(self) -> str:
        """As readers see it: "features.3.relu relu6", and from the second call on "relu relu #2"."""
        name = f"{self.path} {self.operation}".strip()
        return name if self.call == 1 else f"{name} #{self.call}"


Note = Callable[[Site, Operation, Tensor, Origin], None]


class SiteWatch(TorchFunctionMode):
    """For as long as the context lasts, `note(site, operation, z, origin)` is called with every z before its activation acts.

    Parameters
    ----------
    model : Module
    note : callable
        z is the model's own tensor: to be read at once, and not to be changed.

    Attributes
    ----------
    closed : set of (str, str)
        Path and name of calls inside which torch has activations that nobody sees, as the gates of an LSTM.
    """

    def __init__(self, model: nn.Module, note: Note) -> None:
        super().__init__()
        self._paths: dict[int, str] = {id(module): path for path, module in model.named_modules()}
        self._note = note
        self._calls: Counter[tuple[str, str]] = Counter()
        self._channels = Channels()
        self.closed: set[tuple[str, str]] = set()

    def begin_batch(self) -> None:
        """Count calls anew."""
        self._calls.clear()
        self._channels.forget()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Note an activation, and do what was called."""
        options = kwargs or {}
        name = str(getattr(func, "__name__", ""))
        seen = read_call(func, args, options)
        if seen is not None:
            operation, z = seen
            path = self._running()
            self._calls[path, operation.name] += 1
            site = Site(path, operation.name, self._calls[path, operation.name])
            self._note(site, operation, z, self._channels.of(z))
        elif name in _CLOSED:
            self.closed.add((self._running(), name))
        result = func(*args, **options)
        self._channels.follow(name, args, options, result)
        return result

    def _running(self) -> str:
        """Path of the innermost module that is being called; "" where it is none of the model's."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            path = self._paths.get(id(frame.f_locals["self"])) if frame.f_code is _CALL else None
            if path is not None:
                return path
            frame = frame.f_back
        return ""
