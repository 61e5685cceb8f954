"""Command line of the experiments: `python -m experiments list` and `python -m experiments run NAME --out DIR`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 on success, 2 with one sentence on standard error if something about it is wrong."""
    try:
        from .runner.command import run_command  # loads for a second or more, in which Ctrl-C may come

        run_command(arguments)
    except BrokenPipeError:  # who reads has enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, TypeError, OSError, KeyboardInterrupt) as error:
        if _is_interrupt(error):
            print("\nstopped; the parts that are whole are kept, and the same command goes on from there", file=sys.stderr)
            return 130
        print(f"error: {_sentence(error)}", file=sys.stderr)
        return 2
    except MemoryError as error:
        print(f"error: there is not enough memory; take fewer points, channels or draws at a time ({error})", file=sys.stderr)
        return 2
    return 0


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind it, which NumPy now and then turns into an error of its own."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.filename:
        return _printable(f"{error.filename}: {error.strerror}")
    return _printable(str(error))


def _printable(text: str) -> str:
    """`text` as any terminal can show it: half characters, which a name of a file may have, are spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()


if __name__ == "__main__":
    sys.exit(main())
