"""Command line of the experiments: `python -m experiments list` and `python -m experiments run NAME --out DIR`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 on success, 2 with one sentence on standard error if something about it is wrong."""
    try:
        from experiments._runner import run_command  # loads for a second or more, in which Ctrl-C may come

        run_command(arguments)
    except (ValueError, TypeError, OSError) as error:
        print(f"error: {_sentence(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; what was measured is kept, and the same command goes on from there", file=sys.stderr)
        return 130
    return 0


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
