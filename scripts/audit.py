"""Ask a service of known weaknesses for every package of a lock file, and say so where it cannot be asked.

Usage: audit.py LOCK. Ends with 0 where every package was looked up and none has a known weakness, with 1
where one has, and with 2 where some could not be looked up: no answer is not taken for a good one.
"""

import json
import subprocess
import sys

OPTIONS = "--require-hashes --disable-pip --progress-spinner off --format json"


def main(lock: str) -> int:
    """Look up the packages of a lock file, and print what was found."""
    ended = subprocess.run(
        [sys.executable, "-m", "pip_audit", *OPTIONS.split(), "--requirement", lock],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        packages = json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"Not audited: the service of known weaknesses could not be asked ({reason[:200]}).")
        return 2
    weak = [package for package in packages if package.get("vulns")]
    for package in weak:
        for found in package["vulns"]:
            fixed = ", ".join(found.get("fix_versions") or ()) or "no version yet"
            print(f"{package['name']} {package['version']}: {found['id']}, mended in {fixed}")
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped:
        print(
            f"Not audited: {len(skipped)} of {len(packages)} packages could not be looked up, such as "
            f"{skipped[0]}. The service of known weaknesses cannot be reached from here."
        )
    elif not weak:
        print(f"None of {len(packages)} packages has a known weakness.")
    return 1 if weak else 2 if skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
