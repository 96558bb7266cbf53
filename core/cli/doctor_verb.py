"""The verb `doctor`: what a bug report needs."""

import argparse
from dataclasses import asdict

from core.cli.console import Bars, failed, printable, to_json


def run(chosen: argparse.Namespace, bars: Bars) -> int:
    """Look at everything that serving needs, and say what is wrong."""
    from core.cli.diagnosis import diagnose, diagnosis_lines

    found = diagnose(port=chosen.port)
    print(to_json(asdict(found)) if chosen.json else "\n".join(map(printable, diagnosis_lines(found))))
    if found.problems:
        more = f" (and {len(found.problems) - 1} more)" if len(found.problems) > 1 else ""
        return failed(f"{found.problems[0]}{more}")
    return 0
