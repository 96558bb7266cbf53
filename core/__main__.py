"""`python -m core VERB`."""

import os
import sys
import warnings


def hide_remarks_of_libraries() -> None:
    """Keep what libraries say to programmers off the terminal, where an answer or one line is expected.

    TensorFlow writes to the file descriptor, past any setting of its own; our own remarks keep a copy of it.
    """
    warnings.simplefilter("ignore")
    kept = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.stderr = os.fdopen(kept, "w", buffering=1, encoding=sys.stderr.encoding)


if __name__ == "__main__":
    if "--debug" not in sys.argv:
        hide_remarks_of_libraries()
    try:
        from core.cli import main
    except KeyboardInterrupt:  # what is imported takes a second or two, long enough to think better of it
        sys.exit("error: stopped before anything was begun")
    sys.exit(main())
