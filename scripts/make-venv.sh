#!/bin/sh
# Make a virtual environment with the first Python that every requirement has a build for.
# Usage: [PYTHON=/path/to/python] make-venv.sh FOLDER
set -eu

oldest=11
newest=13
folder=$1
seen=""

if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
else
    set -- python3 python3.13 python3.12 python3.11 python
fi

for python in "$@"; do
    # A name may exist and still not run: a shim without a version behind it, a Windows alias.
    version=$("$python" -c 'import sys; print("%d %d %d" % sys.version_info[:3])' 2>/dev/null) || continue
    # shellcheck disable=SC2086
    set -- $version
    shown="$python is $1.$2.$3"
    if [ "$1" -lt 3 ] || { [ "$1" -eq 3 ] && [ "$2" -lt "$oldest" ]; }; then
        seen="$seen  $shown, too old\n"
    elif [ "$1" -gt 3 ] || [ "$2" -gt "$newest" ]; then
        seen="$seen  $shown, too new\n"
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        seen="$seen  $shown, without venv (on Debian and Ubuntu: apt install python$1.$2-venv)\n"
    else
        echo "Making $folder with $python, Python $1.$2.$3"
        "$python" -m venv "$folder" || { rm -rf "$folder"; exit 1; }
        exit 0
    fi
done

{
    echo "Python 3.$oldest to 3.$newest is needed: TensorFlow and Streamlit have no build for others."
    if [ -n "$seen" ]; then printf "Found:\n%b" "$seen"; else echo "Found no Python that runs${PYTHON:+ as $PYTHON}."; fi
    echo "Install one of these versions, or name one: make PYTHON=/path/to/python3.12"
} >&2
exit 1
