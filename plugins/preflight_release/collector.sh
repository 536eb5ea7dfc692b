# Looks at one release on a host and prints what it sees, reading only. POSIX sh, GNU or busybox tools.
#
# Before it stand assignments: root, algorithm, whole, version_file, version_command, package, container, url,
# running_command, process. Its stdin is paths below the root, each ended by a NUL. What it prints are records of fields, each field
# ended by a NUL: TAG, the number of fields that follow, and these. All of it goes through base64, line by line, so that
# any byte of a name arrives. It is complete when the record `end` has come.
token=$1 size=$2
most=65536 # bytes of a file or of a command's output
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# For the shells that find and xargs start, too.
functions='
newline="
"
say() { # tag field...
    printf "%s\0" "$1" "$(($# - 1))"
    shift
    [ $# -eq 0 ] || printf "%s\0" "$@"
}
as_many() { # number lines
    [ -n "$2" ] && [ "$(printf "%s\n" "$2" | wc -l)" -eq "$1" ]
}
look() { # path...
    lines=$(stat -c "%f %s %Z %z %U:%G" "$@" 2>/dev/null)
    if as_many $# "$lines"; then
        say seen "$lines" "$@"
    else
        for one; do
            line=$(stat -c "%f %s %Z %z %U:%G" "$one" 2>&1)
            case $line in *": "*[!0-9+]) say gone "$one" "${line##*: }" ;; *) say seen "$line" "$one" ;; esac
        done
    fi
    for one; do
        if [ -L "$one" ]; then
            say link "$one" "$(readlink "$one" && echo .)"
        elif [ -d "$one" ]; then
            { [ -r "$one" ] && [ -x "$one" ]; } || say closed "$one"
        fi
    done
}
add_up() { # sum_program path...
    program=$1
    shift
    number=$#
    for one; do # only files: to read a pipe would wait for ever
        if [ -f "$one" ] && [ ! -L "$one" ]; then set -- "$@" "$one"; fi
    done
    shift "$number"
    [ $# -gt 0 ] || return 0
    case "$*" in
    *"$newline"* | *\\*) ;; # of which tools make different things
    *)
        lines=$("$program" "$@" 2>/dev/null | cut -d " " -f 1)
        if as_many $# "$lines"; then
            say sums "$lines" "$@"
            return
        fi
        ;;
    esac
    for one; do
        line=$({ "$program" <"$one"; } 2>/dev/null)
        say sums "${line%% *}" "$one"
    done
}
'
eval "$functions"

capped() { # tag command...: what a command says, its status, and what it complains about
    tag=$1
    shift
    said=$({ { "$@" </dev/null; echo "$?" >&3; } 2>&4 | head -c $most | base64 >&5; } 3>&1 4>/dev/null 5>&1 | tr '\n' ' ')
    say "$tag" "$said"
}

tree() {
    complaint=$(stat -c %f "$root/" 2>&1 >/dev/null)
    if ! cd "$root" 2>/dev/null; then
        say no_root "${complaint:-Permission denied}"
        return
    fi
    say root "$(pwd -P && echo .)" "$([ -L "$root" ] && stat -c "%Z %z" "$root")"
    [ -n "$functions" ] || return
    if [ -n "$whole" ]; then
        find . -exec sh -c "$functions"' look "$@"' sh {} + 2>&4
        say found $?
    fi
    if [ "$size" -gt 0 ]; then
        head -c "$size" | xargs -0 -n 200 sh -c "$functions"'
            program=$1 whole=$2
            shift 2
            [ -n "$whole" ] || look "$@"
            add_up "$program" "$@"' sh "${algorithm}sum" "$whole"
    fi
    say tree
}
