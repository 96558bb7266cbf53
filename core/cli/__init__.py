"""The command line: `python -m core VERB`.

Results go to standard output, everything else to standard error. Exit 0: done; 1: what was asked could not
be done, and one line says why and how to mend it; 2: usage.
"""

import io
import os
import sys
from collections.abc import Sequence

from core.cli.console import Bars, failed, remarks
from core.cli.usage import parser
from core.errors import FashionSearchError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process, by default.

    Returns
    -------
    int
        What to exit with; usage errors exit by themselves, with 2.
    """
    # Read when TensorFlow is imported: without it, its remarks would surround every answer.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    chosen = parser().parse_args(arguments)
    from core.models.memory import limit_heap_growth  # not for `--help`, which ended above

    # What is kept of each of thousands of pictures would else split the blocks that networks give back.
    limit_heap_growth()
    bars = Bars()
    try:
        with remarks():
            try:
                status = chosen.run(chosen, bars)
            finally:
                bars.close()
            sys.stdout.flush()
        return status
    except FashionSearchError as error:
        return failed(error)
    except KeyboardInterrupt:
        return failed("stopped; what was kept before is as it was")
    except BrokenPipeError:
        # Whoever read has had enough. Nothing may be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return failed("memory is too short for this; close other programs, or use a machine with more")
    except OSError as error:
        return failed(error)
    except Exception as error:
        if chosen.debug:
            raise
        return failed(f"{type(error).__name__}: {error} (nobody expected this; `--debug` shows where)")
