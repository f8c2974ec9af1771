# Sourced by demo and test: goes to the project's folder and makes ./.venv hold the project and what it needs.
# prepare_environment "" installs what running needs, prepare_environment "[test]" what the tests need too,
# prepare_environment "[test,spark]" what those on Spark need besides, which is a gigabyte.

fail() {
    printf '%s\n' "$*" >&2
    exit 2
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11 python3.14 python; do
        if is_new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

make_venv() {
    local python
    python=$(find_python) || fail "edi837 needs Python 3.11 or newer, and there is none on the PATH. Install one" \
        "(Debian: apt-get install python3 python3-venv; macOS: brew install python) and run this again."
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || fail "$python cannot make a virtual environment. On" \
        "Debian and Ubuntu: apt-get install python3-venv, and run this again."
    rm -rf .venv
    "$python" -m venv .venv || { rm -rf .venv; fail "The virtual environment ./.venv could not be made."; }
}

prepare_environment() {
    local extra=$1 stamp=.venv/.edi837-installed wanted installed said
    cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
    is_new_enough .venv/bin/python || make_venv
    # The folder is part of it: a moved clone has to be installed again.
    wanted="$PWD $(cksum <setup.cfg)"
    installed=$(cat "$stamp" 2>/dev/null)
    case $installed in
        "$wanted $extra" | "$wanted [test]" | "$wanted [test,spark]") return ;;
    esac
    printf 'Installing into ./.venv, once ...\n' >&2
    # pip warns of what its own tools do; that is of interest only where it fails.
    said=$(.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".$extra" 2>&1) ||
        fail "$said" "The installation failed; is the package index reachable?"
    printf '%s\n' "$wanted $extra" >"$stamp"
}
