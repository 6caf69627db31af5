#!/bin/sh
# The first run with the real model on a Mac: ten steps, and one file about them to send to us.
#
#   scripts/first_run_mac.sh                all steps, in order
#   scripts/first_run_mac.sh verify bench   only these; what there is of the others stays
#
# Writes into first-run/ of this checkout. first-run/report.txt holds commands, exit codes, seconds,
# versions and figures: no text of a page, no name of a document, no key. Look at it before you send
# it. OCRQUEUE_* settings of yours hold here too. Exit code: how many steps failed.
set -u

STEPS="machine setup pull verify check tests run bench base awake"
CONFIG=configs/mac-m2-air.toml
FOLDER=first-run
PARTS=$FOLDER/parts # of the report, a file for each step

failures=0

main() {
    case $0 in
        */*) cd "${0%/*}/.." || exit 1 ;;
        *) cd .. || exit 1 ;;
    esac
    for step in "$@"; do
        case " $STEPS " in
            *" $step "*) ;;
            *) printf 'usage: scripts/first_run_mac.sh [STEP ...]; steps: %s\n' "$STEPS" >&2; exit 2 ;;
        esac
    done
    mkdir -p "$PARTS"
    number=0
    for step in $STEPS; do
        number=$((number + 1))
        [ $# -eq 0 ] || case " $* " in *" $step "*) ;; *) continue ;; esac
        try "$(printf %02d "$number")-$step"
    done
    cat "$PARTS"/* >$FOLDER/report.txt
    printf '%s\n' "" "$failures step(s) failed. To send: $FOLDER/report.txt; look at it first."
    exit "$failures"
}

# What each step runs. What it prints goes into the report, so nothing here may print a page.

machine() {
    uname -srm
    sw_vers
    sysctl -n machdep.cpu.brand_string hw.memsize hw.ncpu iogpu.wired_limit_mb
    pmset -g | grep -E 'lowpowermode|powermode'
    git rev-parse HEAD
    return 0 # each line that is missing tells as much
}

setup() {
    if [ -x .venv/bin/ocrqueue ]; then scripts/setup_mac.sh --check; else scripts/setup_mac.sh; fi
}

pull() { ocrqueue models pull --config $CONFIG; }

verify() { ocrqueue models verify --config $CONFIG; }

check() { ocrqueue check --config $CONFIG -o $FOLDER/out; }

tests() {
    .venv/bin/python -m pytest -n0 -q --no-header --tb=line -m "mlx and not slow" tests/contract
}

run() {
    ocrqueue run samples -o $FOLDER/out --backend deepseek-mlx --config $CONFIG \
        >$FOLDER/run.txt 2>&1
    code=$?
    # The log has one line a page, and never its text.
    grep -hE '"event": ?"(page.attempt|model.loaded|worker.recycled)"' \
        $FOLDER/out/.ocrqueue/log.jsonl
    return $code
}

bench() { ocrqueue bench --config $CONFIG --json $FOLDER/bench.json; }

base() {
    OCRQUEUE_BACKENDS__DEEPSEEK_MLX__RESOLUTION=base \
        ocrqueue bench --config $CONFIG --json $FOLDER/base.json &&
        ocrqueue bench --compare $FOLDER/bench.json $FOLDER/base.json
}

awake() { # is the Mac kept awake while it reads?
    ocrqueue run samples -o $FOLDER/awake --backend deepseek-mlx --config $CONFIG \
        >>$FOLDER/run.txt 2>&1 &
    reading=$!
    sleep 5
    pmset -g assertions | grep -c caffeinate
    found=$?
    wait $reading
    return $found
}

try() {
    name=${1#*-}
    printf '%s ... ' "$1"
    begun=$(date +%s)
    {
        printf '\n== %s\n' "$1"
        "$name" 2>&1
        printf 'exit code %s' "$?"
    } >"$PARTS/$1" </dev/null
    printf ', %s s\n' "$(($(date +%s) - begun))" >>"$PARTS/$1"
    # Where these folders are is nobody's business.
    sed "s|$PWD|.|g; s|$HOME|~|g" "$PARTS/$1" >"$PARTS/.now" && mv "$PARTS/.now" "$PARTS/$1"
    case $(tail -n 1 "$PARTS/$1") in
        "exit code 0,"*) echo "done" ;;
        *) failures=$((failures + 1)); echo "FAILED: see $PARTS/$1" ;;
    esac
}

ocrqueue() { .venv/bin/ocrqueue "$@"; }

main "$@"
