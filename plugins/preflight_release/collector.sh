# Looks at one release on a host and prints what it sees; writes nothing. POSIX sh, with GNU's or busybox's tools.
#
# Before it stand assignments: root, sum, whole, version_file, version_command, package, container, url,
# running_command, process, each empty where it is not asked for. Its stdin is paths below the root, each ended by a NUL.
#
# What it prints are records: TAG, the number of fields, and the fields, each of these ended by a NUL. It goes through
# base64, so that any byte of a name arrives, and a line at a time, so that what is lost half-way is known that far. It
# is complete when the record `end` has come.
token=$1 size=$2
most=65536 # bytes of a file or of an output
patience=20 # s; for an answer over HTTP
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY

# For the shells, too, that find and xargs start.
functions='
facts="%f %s %Z %z %U:%G"
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
    lines=$(stat -c "$facts" "$@" 2>/dev/null)
    if as_many $# "$lines"; then
        say seen "$lines" "$@"
    else
        for one; do
            if line=$(stat -c "$facts" "$one" 2>&1); then say seen "$line" "$one"; else say unseen "$line" "$one"; fi
        done
    fi
    for one; do
        if [ -L "$one" ]; then
            say link "$(readlink "$one" && echo .)" "$one"
        elif [ -d "$one" ]; then
            { [ -r "$one" ] && [ -x "$one" ]; } || say closed "$one"
        fi
    done
}
add_up() { # program path...
    program=$1
    shift
    number=$#
    for one; do # files only: to read a pipe would wait for ever
        if [ -f "$one" ] && [ ! -L "$one" ]; then set -- "$@" "$one"; fi
    done
    shift "$number"
    [ $# -gt 0 ] || return 0
    case "$*" in
    *"$newline"* | *\\*) ;; # names that programs print each in their own way
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

there() { command -v "$1" >/dev/null 2>&1; }

output() { # tag command...: what it prints, and on the last line what it ended with
    tag=$1
    shift
    say "$tag" "$({ "$@" </dev/null; code=$?; echo; echo "$code"; } | head -c "$most")"
}

with_complaints() { "$@" 2>&1; }

of_the_team() { # command
    if timeout 1 true 2>/dev/null; then timeout 60 sh -c "$1"; else sh -c "$1"; fi
}

tree() {
    why=$(stat -c %f "$root/" 2>&1 >/dev/null)
    if ! cd "$root" 2>/dev/null; then
        say no_root "${why:-Permission denied}"
        return
    fi
    say root "$(pwd -P && echo .)" "$([ -L "$root" ] && stat -c "$facts" "$root")"
    if [ -n "$whole" ]; then
        {
            complaint=$({
                find . -exec sh -c "$functions"' look "$@"' sh {} + >&6 6>&- || echo "find ended with $?"
            } 2>&1 | sed -n '1,200p;$p')
        } 6>&1
        say found "$complaint"
    fi
    head -c "$size" | xargs -0 -n 200 sh -c "$functions"'
        program=$1 whole=$2
        shift 2
        [ -n "$whole" ] || look "$@"
        add_up "$program" "$@"' sh "$sum" "$whole"
    say tree "$?"
}

disk() {
    if [ -n "$version_command" ]; then
        output command of_the_team "$version_command" 2>/dev/null
    elif [ ! -e "$version_file" ] || [ -d "$version_file" ]; then
        say no_file "$(stat -c "is a directory" "$version_file" 2>&1)"
    elif [ ! -f "$version_file" ]; then
        say no_file "is no regular file"
    elif text=$({ head -c "$most" <"$version_file" && echo .; } 2>/dev/null) && [ -n "$text" ]; then
        say file "$text"
    else
        say unread_file
    fi
}

packages() {
    if there dpkg-query; then
        dpkg-query -W -f='dpkg|${Status}|${Version}\n' "$package" 2>&1
        echo "asked|dpkg|$?"
    fi
    if there rpm; then
        rpm -q --qf 'rpm|installed|%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n' "$package" 2>&1
        echo "asked|rpm|$?"
    fi
    if there apk; then
        found=$(apk info -e -v "$package" 2>&1)
        code=$?
        [ $code -ne 0 ] || echo "apk|installed|${found#"$package"-}"
        echo "asked|apk|$code"
    fi
}

inspect() { # engine
    seen=$("$1" inspect --type container --format '{{.Image}} {{.State.Running}}' "$container") || return
    echo "$seen"
    "$1" image inspect --format '{{.Id}}{{range .RepoDigests}} {{.}}{{end}}' "${seen%% *}"
}

image() {
    for engine in docker podman; do
        if there $engine; then
            output image with_complaints inspect $engine
            return
        fi
    done
    say no_engine
}

# A redirection is not followed: what is behind it may not be this host.
http() {
    if there curl; then
        output curl with_complaints \
            curl -q -sS --max-time $patience --noproxy '*' -w '\n%{http_code}' "$url"
    elif there wget; then
        options=
        knows=$(wget --help 2>&1)
        case $knows in *--max-redirect*) options='--max-redirect=0 --tries=1' ;; esac
        case $knows in *" -T"*) options="$options -T $patience" ;; esac # busybox may have been built without
        output wget_head with_complaints wget -S $options -O /dev/null "$url"
        output wget wget -q $options -O - "$url" 2>/dev/null
    else
        say no_http
    fi
}

# Command lines stay on the host: there may be passwords in them. Ours has the token in it, and is left out.
processes() {
    read -r before rest </proc/uptime
    now=$(date +%s.%N)
    case $now in *[!0-9.]* | *.) now=$(date +%s) ;; esac
    read -r after rest </proc/uptime
    say clock "$now" "$before" "$after" "$(getconf CLK_TCK 2>/dev/null || echo 100)"
    for one in /proc/[0-9]*; do
        [ -r "$one/cmdline" ] || continue
        printf '%s ' "${one#/proc/}"
        { tr '\0\n' '  ' <"$one/cmdline"; } 2>/dev/null
        echo
    done | grep -v -F -e "$token" | while read -r pid line; do
        printf '%s\n' "$line" | grep -q -E -e "$process" || continue
        stat=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
        set -- ${stat##*) } # from the third field of proc_pid_stat(5) on
        gone=$(sed -n 's/^[^/]*\(\/.*\) (deleted)$/\1/p' "/proc/$pid/maps" 2>/dev/null | sort -u | head -n 50)
        say process "$pid" "${20}" "$(readlink "/proc/$pid/exe" 2>/dev/null)" "$gone" "$1"
    done
    say processes
}

sent() { base64 | sed "s/^/$token /"; }

# Each part is sent when it is known, so that a host that is lost later has told it.
cd /
if [ -n "$root" ]; then
    tree | sent
    cd "$root" 2>/dev/null || case $version_file in ./*) version_file= ;; esac
fi
{
    if [ -n "$version_file$version_command" ]; then disk; fi
    if [ -n "$package" ]; then output package packages; fi
} | sent
{
    if [ -n "$container" ]; then image; fi
    if [ -n "$url" ]; then http; fi
    if [ -n "$running_command" ]; then output running_command of_the_team "$running_command" 2>/dev/null; fi
    if [ -n "$process" ]; then processes; fi
    say end
} | sent
