#!/bin/sh
# Looks whether this Mac can run ocrqueue with DeepSeek-OCR, and installs it.
#
#   scripts/setup_mac.sh          check, then install into .venv of this folder (make install)
#   scripts/setup_mac.sh --tool   check, then install as a command of this user (uv tool install)
#   scripts/setup_mac.sh --check  only check: installs nothing, writes nothing
#
# May be run again at any time. It fetches no model: `ocrqueue models pull` does.
# Exit code: 0 all is well, 1 something is missing (each problem comes with what to do), 2 usage.
set -eu

OLDEST_MACOS=14     # the oldest that MLX has wheels for
LEAST_MEMORY_GB=16  # of which the model takes some 5 with 8 bits a weight
USUAL_MEMORY_GB=24  # what configs/mac-m2-air.toml is made for
LEAST_DISK_GB=10    # packages 1, model 4, and room for the pages
PYTHONS="python3.12 python3.13 python3.11 python3.14 python3"

problems=0

main() {
    mode=venv
    case "${1:-}" in
        "") ;;
        --check) mode=check ;;
        --tool) mode=tool ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    case $0 in
        */*) cd "${0%/*}/.." ;;
        *) cd .. ;;
    esac
    look
    if [ "$problems" -gt 0 ]; then
        printf '%s\n' "Not ready: $problems problem(s), see above."
        exit 1
    fi
    case $mode in
        check) printf '%s\n' "Ready. To install: scripts/setup_mac.sh" ;;
        venv) make install PYTHON="$python" && say_next .venv/bin/ocrqueue ;;
        tool) install_tool && say_next ocrqueue ;;
    esac
}

usage() {
    printf '%s\n' "usage: scripts/setup_mac.sh [--check | --tool]"
}

look() {
    look_at_chip || return 0 # on another system the rest has no answer
    look_at_macos
    look_at_memory
    look_at_disk
    look_at_tools
    look_at_python
}

look_at_chip() {
    if [ "$(uname -s)" != Darwin ]; then
        problem "system: $(uname -s), not macOS" \
            "Elsewhere 'make run' is enough; Tesseract reads the pages."
        return 1
    fi
    if [ "$(uname -m)" = arm64 ]; then
        ok "chip: $(sysctl -n machdep.cpu.brand_string)"
    elif [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then
        problem "chip: this shell runs under Rosetta" \
            "Open a Terminal that is not set to 'Open using Rosetta', and start again."
    else
        problem "chip: $(sysctl -n machdep.cpu.brand_string), not Apple silicon" \
            "MLX needs an M1 or newer. For Tesseract alone: 'brew install tesseract', 'make run'."
    fi
}

look_at_macos() {
    version=$(sw_vers -productVersion)
    if [ "${version%%.*}" -ge "$OLDEST_MACOS" ]; then
        ok "macOS: $version"
    else
        problem "macOS: $version is too old" "MLX needs macOS $OLDEST_MACOS or newer: update it."
    fi
}

look_at_memory() {
    memory_gb=$(($(sysctl -n hw.memsize) / 1073741824))
    if [ "$memory_gb" -lt "$LEAST_MEMORY_GB" ]; then
        problem "memory: $memory_gb GB" \
            "The model wants a Mac with $LEAST_MEMORY_GB GB; without it: 'make run', with Tesseract."
    elif [ "$memory_gb" -lt "$USUAL_MEMORY_GB" ]; then
        ok "memory: $memory_gb GB; lower the limits as docs/PERFORMANCE_TUNING.md says"
    else
        ok "memory: $memory_gb GB"
    fi
}

look_at_disk() {
    free_gb=$(df -Pk "$HOME" | { read -r _; read -r _ _ _ free _; echo "$((free / 1048576))"; })
    if [ "$free_gb" -lt "$LEAST_DISK_GB" ]; then
        problem "disk: $free_gb GB free in $HOME" \
            "Packages and model want $LEAST_DISK_GB GB: make room."
    else
        ok "disk: $free_gb GB free"
    fi
}

look_at_tools() {
    if [ "$mode" = tool ]; then
        if command -v uv >/dev/null; then
            ok "uv: $(uv --version)"
        else
            problem "uv: not on PATH" "'brew install uv', or see https://docs.astral.sh/uv/"
        fi
    elif xcode-select -p >/dev/null 2>&1; then
        ok "make: in $(xcode-select -p)"
    else
        problem "make: the command line tools are missing" "Run 'xcode-select --install'."
    fi
}

look_at_python() {
    python=""
    seen=""
    for name in $PYTHONS; do
        command -v "$name" >/dev/null || continue
        # shellcheck disable=SC2046 # two words, on purpose
        set -- $("$name" -c \
            'import platform, sys; print("%d.%d" % sys.version_info[:2], platform.machine())' \
            2>/dev/null || true)
        seen="${1:-} ${2:-}"
        case $seen in
            "3.11 arm64" | "3.12 arm64" | "3.13 arm64" | "3.14 arm64")
                python=$name
                ok "Python: $seen ($(command -v "$name"))"
                return
                ;;
        esac
    done
    problem "Python: ${seen:-none on PATH}; 3.11 to 3.14 for arm64 is needed" \
        "'brew install python@3.12', or 'uv python install 3.12'."
}

install_tool() {
    # The constraints pin what the tests ran with; the second option takes our newest source.
    versions=$(uv export --quiet --frozen --no-dev --extra mlx --no-emit-project --no-hashes) ||
        return
    printf '%s\n' "$versions" | uv tool install --python "$python" --constraints - \
        --reinstall-package ocrqueue '.[mlx]'
}

say_next() {
    config=configs/mac-m2-air.toml
    printf '%s\n' "" "Installed. What comes next:" \
        "  $1 models pull       # fetch the model: some 4 GB" \
        "  $1 models verify     # is it whole?" \
        "  $1 check --config $config" \
        "  $1 run samples -o sample-out --config $config" \
        "More: docs/MLX_SETUP.md. Without the model Tesseract reads: $1 run FOLDER -o OUT"
}

ok() {
    printf 'ok     %s\n' "$1"
}

problem() {
    problems=$((problems + 1))
    printf 'FAILED %s\n       -> %s\n' "$1" "$2"
}

main "$@"
