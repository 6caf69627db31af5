#!/bin/sh
# Makes launchd run ocrqueue on this Mac: server, collector, Tesseract and MLX worker, a watched folder.
#
#   scripts/launchd_mac.sh install [NAME...]  write the agents for this user, and start them
#   scripts/launchd_mac.sh stop [NAME...]     stop them; each worker finishes its page
#   scripts/launchd_mac.sh start [NAME...]    start them again; logs above 20 MB are set aside
#   scripts/launchd_mac.sh status             which of them run
#   scripts/launchd_mac.sh uninstall          stop them and remove what `install` wrote but for
#                                             the configuration and the logs
#
# NAME is server, collector, tesseract, mlx or watch; without it all are meant, watch only where it
# was installed. Variables: OCRQUEUE, the program; OCRQUEUE_CONFIG, its configuration
# (made from configs/mac-m2-air.toml where there is none); WATCH_FOLDER and WATCH_OUTPUT, what is
# watched (~/Scans, made where there is none) and where its Markdown goes (~/Text).
set -eu

ALL="server collector tesseract mlx"
KNOWN="$ALL watch"
LARGEST_LOG_KB=20480

main() {
    case $0 in
        */*) cd "${0%/*}/.." ;;
        *) cd .. ;;
    esac
    agents=$HOME/Library/LaunchAgents
    logs=$HOME/Library/Logs/ocrqueue
    config=${OCRQUEUE_CONFIG:-$HOME/.config/ocrqueue/config.toml}
    folder=${WATCH_FOLDER:-$HOME/Scans}
    output=${WATCH_OUTPUT:-$HOME/Text}
    domain=gui/$(id -u)
    verb=${1:-}
    [ $# -gt 0 ] && shift
    # shellcheck disable=SC2086 # a list of words
    [ $# -gt 0 ] || set -- $ALL $([ ! -e "$(plist watch)" ] || echo watch)
    for name in "$@"; do
        case " $KNOWN " in
            *" $name "*) ;;
            *) fail "unknown agent: $name (known: $KNOWN)" 2 ;;
        esac
    done
    case $verb in
        install) install_agents "$@" ;;
        start) start_agents "$@" ;;
        stop) stop_agents "$@" ;;
        status) show ;;
        uninstall) uninstall_agents ;;
        *) fail "usage: scripts/launchd_mac.sh install|start|stop|status|uninstall [NAME...]" 2 ;;
    esac
}

install_agents() {
    program=$(find_program)
    check_path "$program"
    check_path "$config"
    check_path "$HOME"
    check_path "$folder"
    check_path "$output"
    case " $* " in *" watch "*) mkdir -p "$folder" ;; esac
    mkdir -p "$agents" "$logs"
    if [ ! -e "$config" ]; then
        mkdir -p "${config%/*}"
        cp configs/mac-m2-air.toml "$config"
    fi
    stop_agents "$@"
    for name in "$@"; do
        sed -e "s|@OCRQUEUE@|$program|" -e "s|@CONFIG@|$config|" -e "s|@HOME@|$HOME|" \
            -e "s|@LOGS@|$logs|" -e "s|@FOLDER@|$folder|" -e "s|@OUTPUT@|$output|" \
            "configs/launchd/ocrqueue.$name.plist" >"$(plist "$name")"
    done
    start_agents "$@"
    printf '%s\n' "Configuration: $config" "Logs: $logs"
}

start_agents() {
    for name in "$@"; do
        [ -e "$(plist "$name")" ] || fail "$name is not installed: scripts/launchd_mac.sh install"
        is_loaded "$name" && continue
        set_large_log_aside "$logs/$name.log"
        launchctl bootstrap "$domain" "$(plist "$name")"
        printf '%s\n' "started ocrqueue.$name"
    done
}

stop_agents() {
    # Readers before the server: nobody has to wait for a queue that is gone.
    for name in watch mlx tesseract collector server; do
        case " $* " in *" $name "*) ;; *) continue ;; esac
        is_loaded "$name" || continue
        launchctl bootout "$domain/ocrqueue.$name" || true # says 36 while it still ends
        while is_loaded "$name"; do sleep 1; done
        printf '%s\n' "stopped ocrqueue.$name"
    done
}

show() {
    for name in $KNOWN; do
        if is_loaded "$name"; then
            printf '%s\n' "ocrqueue.$name runs"
        elif [ -e "$(plist "$name")" ]; then
            printf '%s\n' "ocrqueue.$name is stopped"
        else
            printf '%s\n' "ocrqueue.$name is not installed"
        fi
    done
}

uninstall_agents() {
    # shellcheck disable=SC2086 # a list of words
    stop_agents $KNOWN
    for name in $KNOWN; do rm -f "$(plist "$name")"; done
    printf '%s\n' "Removed. Left alone: $config, $logs, ~/.local/state/ocrqueue"
}

find_program() {
    if [ -n "${OCRQUEUE:-}" ]; then
        printf '%s\n' "$OCRQUEUE"
    elif [ -x .venv/bin/ocrqueue ]; then
        printf '%s\n' "$PWD/.venv/bin/ocrqueue"
    else
        command -v ocrqueue || fail "ocrqueue is not installed: scripts/setup_mac.sh"
    fi
}

check_path() {
    case $1 in
        /*) ;;
        *) fail "$1 must be a whole path, beginning with /" 2 ;;
    esac
    case $1 in
        *[\&\|\<\>\\]*) fail "$1 holds a character that has a meaning in a plist or for sed" 2 ;;
    esac
}

set_large_log_aside() {
    [ -e "$1" ] || return 0
    size_kb=$(du -k "$1")
    if [ "${size_kb%%[!0-9]*}" -gt "$LARGEST_LOG_KB" ]; then mv "$1" "$1.old"; fi
}

is_loaded() {
    launchctl print "$domain/ocrqueue.$1" >/dev/null 2>&1
}

plist() {
    printf '%s\n' "$agents/ocrqueue.$1.plist"
}

fail() {
    printf '%s\n' "$1" >&2
    exit "${2:-1}"
}

main "$@"
