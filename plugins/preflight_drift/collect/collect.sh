# Tells what a host has: files, packages, kernel settings, services, users, mounts, the environment and the effective
# configuration of daemons, and what the team's own commands say. It writes nothing, and needs no more than a POSIX sh
# with the usual tools, of whatever make.
#
# Its request is the rest of this program: calls of `section`, one for each thing wanted. What a section prints comes
# as lines: "TOKEN B ID" begins it; "TOKEN D ..." is data, gzip where there is one, then base64 or hex; "TOKEN E ..."
# is what it wrote to stderr; "TOKEN S STATUS" ends it. Nothing else is read from stdin: its end is the run's end.
#
# shellcheck disable=SC2016,SC2089,SC2090  # programs within this program
# shellcheck disable=SC2154,SC2317  # what the request sets and calls
token=$1
unset TAR_OPTIONS GZIP POSIXLY_CORRECT CDPATH
COPYFILE_DISABLE=1 # macOS: no ._ files in an archive
export COPYFILE_DISABLE
request=$(head -c "$2")
exec 4>&1 5<&0 </dev/null
cd / || exit

have() { command -v "$1" >/dev/null 2>&1; }

# --- limits

detached=
if have setsid; then detached=setsid; fi # what a program has started is then ended with it

# Ends a program after some seconds, or when this script is gone.
watch='
    seconds=0
    while [ $seconds -lt "$2" ] && kill -0 "$3"; do
        sleep 1
        seconds=$((seconds + 1))
    done
    kill -KILL "-$1" || kill -KILL "$1"
'

limited() { # seconds program...: its status, 137 when it was ended
    seconds=$1
    shift
    $detached "$@" </dev/null 2>&3 3>&- 4>&- 5>&- &
    pid=$!
    $detached sh -c "$watch" sh "$pid" "$seconds" $$ </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- &
    dog=$!
    wait "$pid"
    status=$?
    kill "$dog"
    if [ -n "$detached" ]; then kill -KILL "-$pid"; fi
    return "$status"
} 2>/dev/null # a shell has its own words when something is ended

# --- what is said

squeeze='cat'
if printf x | gzip -1 >/dev/null 2>&1; then squeeze='gzip -1'; fi
if base64 -w 4092 </dev/null >/dev/null 2>&1; then
    text='base64 -w 4092'
elif base64 </dev/null >/dev/null 2>&1; then
    text=base64
else
    text='od -A n -v -t x1'
fi
export text
printf '%s H %s %s\n' "$token" "${text%% *}" "${squeeze%% *}"

section() { # id bytes what...
    printf '%s B %s\n' "$token" "$1"
    most=$2
    shift 2
    # Its stderr and then its status, while its stdout goes its own way.
    said=$({
        {
            "$@" 2>&3
            printf '\n%s' $? >&3
        } | { head -c "$most" | $squeeze | $text | sed "s/^/$token D /"; } >&4 3>&-
    } 3>&1 | tail -c 4000)
    status=${said##*
}
    said=${said%
*}
    said=${said%
}
    if [ -n "$said" ]; then printf '%s\n' "$said" | sed "s/^/$token E /"; fi
    printf '%s S %s\n' "$token" "$status"
}

# --- files: once for their names, once for what is in them, once for their digests thereafter
#
# Names: "g N" begins a pattern; "f NAME" is a file that can be read, "l KIND NAME" a link to a file, an unreadable
# one, a directory, something else or nothing; "D NAME" is a directory where a file was expected, "p NAME" on a file
# system that has no real files; "x N" tells how the search of the pattern ended. With a number, that many names, and
# what is known of each in lines as `ls` writes them, "u" are unreadable, "z" (or "Z", the end of a link) larger than
# `cap` bytes or a program, "o" no files, "d" directories that cannot be looked into.

# All that find runs ends well, whatever it met: busybox's find runs nothing more after one that did not.
braces={} # find takes no second pair of them, not even in the script that it runs
tell='
    details() { # kind name...
        kind=$1 deref=
        shift
        if [ $kind = Z ]; then deref=-L; fi
        said=$(stat $deref -c "%A 1 %U %G %s -" "$@" 2>/dev/null) ||
            said=$(for f do ls -ld $deref "$f" 2>/dev/null | head -n 1 | grep . || echo; done)
        printf "$kind%s\0" $#
        printf "%s\0" "$@" "$said"
    }
    case $0 in
    i) ;;
    D) printf "D%s\0" "$@" ;;
    [zZo]) details $0 "$@" ;;
    l)
        for f do
            if [ -d "$f" ]; then end=d
            elif [ ! -e "$f" ]; then end=n
            elif [ ! -f "$f" ]; then end=o
            elif [ -r "$f" ]; then end=f
            else end=u; fi
            printf "l%s%s\0" $end "$f"
        done
        ;;
    *)
        for f do
            if [ $0 = f ] && [ -r "$f" ]; then printf "f%s\0" "$f"
            elif [ $0 = f ]; then details u "$f"
            elif [ ! -r "$f" ] || [ ! -x "$f" ]; then details d "$f"; fi
        done
    esac
    :
'
at_end='find -L "$@" -prune -type f \( -size "+${cap}c" -o -perm -100 \) \
    -exec sh -c "$tell" Z "$braces" + 2>/dev/null; :'
follow='find -L "$@" -prune -type f -size "-${below}c" $only -exec sh -c "$pack" sh "$braces" +; :'
if have tar; then
    archive='tar -chf - "$@"; :' archive_links='tar -cf - "$@"; :'
else
    archive='for f do printf "%s\0%s\0" "$f" "$(ls -ldL "$f")"; $text <"$f"; printf "\0"; done; :'
    archive_links='for f do printf "%s\0%s\0%s\0" "$f" "$(ls -ld "$f")" "$(readlink "$f")"; done; :'
fi
if have sha256sum; then
    digest='sha256sum "$@"; :'
elif have shasum; then
    digest='shasum -a 256 "$@"; :' # macOS
else
    digest=
fi
export braces tell at_end follow cap below only pack links

# Where files are made up as they are read.
pseudo_mounts() {
    if [ ! -r /proc/self/mounts ]; then
        echo /proc /sys /dev
        return
    fi
    sed 's/\\[0-7][0-7][0-7]/?/g' /proc/self/mounts | while read -r _ where type _; do
        case $type in
        proc | sysfs | devtmpfs | devpts | cgroup | cgroup2 | debugfs | tracefs | securityfs | configfs | bpf | pstore)
            echo "$where" ;;
        fusectl | mqueue | hugetlbfs | binfmt_misc | rpc_pipefs | nfsd | efivarfs | selinuxfs | nsfs) echo "$where" ;;
        esac
    done
}

files() { # phase: `patterns` is a function of the request
    phase=$1
    case $phase in
    contents)
        pack=$archive links=$archive_links below=$((cap + 1))
        only='! -perm -100' # what links lead to may be programs by the hundred, see /etc/alternatives
        ;;
    digests)
        pack=$digest links=: only='' below=$((digest_cap + 1))
        [ -n "$digest" ] || return 127
        ;;
    esac
    patterns
}

pattern() { # number
    number=$1
    if [ "$phase" = names ]; then printf 'g%s\0' "$number"; fi
}

need() { # access directory...: tells those that cannot be looked into
    access=$1
    shift
    [ "$phase" = names ] || return 0
    for where do
        [ -d "$where" ] || continue
        if [ ! -x "$where" ] || { [ "$access" = r ] && [ ! -r "$where" ]; }; then
            printf 'd1\0%s\0%s\0' "$where" "$(ls -ld "$where" 2>/dev/null)"
        fi
    done
}

usable() { # depth start
    case $2 in */. | */.. | */./* | */../*) return 1 ;; esac
    if [ "$1" = 0 ]; then
        [ -e "$2" ] || [ -L "$2" ] || return 1
    else
        [ -d "$2" ] || return 1
    fi
    for mount in $pseudo; do
        # shellcheck disable=SC2254  # they are patterns
        case $2 in $mount | $mount/*)
            if [ "$phase" = names ]; then printf 'p%s\0' "$2"; fi
            return 1
            ;;
        esac
    done
}

walk() { # depth test what start...: depth is 0 for a file by its name, 1 for those in a directory, "" for all below
    depth=$1 test=$2 what=$3
    shift 3
    left=$#
    set -f
    while [ "$left" -gt 0 ]; do
        left=$((left - 1)) start=$1
        shift
        if usable "$depth" "$start"; then
            if [ "$depth" != 0 ]; then start=${start%/}/; fi # a link to a directory is followed here, and nowhere else
            set -- "$@" "$start"
        fi
    done
    if [ $# = 0 ]; then
        set +f
        return
    fi
    case $depth in
    0) dirs=D ;;
    1) dirs=i ;;
    *) dirs=d ;;
    esac
    if [ -n "$depth" ]; then
        set -- "$@" -maxdepth "$depth"
    else
        for mount in $pseudo; do set -- "$@" -path "$mount" -prune -o; done
    fi
    set +f
    # No parentheses: busybox forgets the last `-exec ... +` in them.
    if [ "$phase" = names ]; then
        limited "$file_seconds" find "$@" -type d -exec sh -c "$tell" "$dirs" {} + -o \
            "$test" "$what" -type f -size "+${cap}c" -exec sh -c "$tell" z {} + -o \
            "$test" "$what" -type f -exec sh -c "$tell" f {} + -o \
            "$test" "$what" -type l -exec sh -c "$tell" l {} + -exec sh -c "$at_end" sh {} + -o \
            "$test" "$what" -exec sh -c "$tell" o {} +
        printf 'x%s\0' $?
    else
        limited "$file_seconds" find "$@" \
            "$test" "$what" -type f -size "-${below}c" -exec sh -c "$pack" sh {} + -o \
            "$test" "$what" -type l -exec sh -c "$links" sh {} + -exec sh -c "$follow" sh {} +
        if [ $? -ge 126 ]; then echo "find was ended after $file_seconds s" >&2; fi
    fi
}

# --- packages: name, version, architecture, status

packages() {
    found=127
    if have dpkg-query; then
        # shellcheck disable=SC2016  # dpkg-query's own
        limited "$seconds_each" dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${db:Status-Status}\n'
        found=$?
    fi
    # Asked where there is no database, rpm makes one: Debian's in the home of whoever asks.
    db=$(rpm --eval '%{_dbpath}' 2>/dev/null)
    if have rpm && rpm --version 2>/dev/null | grep -q '^RPM version' && # busybox has an rpm, too
        { [ "${db#/}" = "$db" ] || [ -d "$db" ]; }; then
        limited "$seconds_each" rpm -qa \
            --qf '%{NAME}\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\t%{ARCH}\tinstalled\n'
        worst $?
    fi
    for db in /lib/apk/db/installed /usr/lib/apk/db/installed; do
        if [ -e "$db" ]; then
            sed -n '/^[PVA]:/p; /^$/p' "$db" | while IFS= read -r line; do
                case $line in
                P:*) name=${line#P:} ;;
                V:*) version=${line#V:} ;;
                A:*) arch=${line#A:} ;;
                *) printf '%s\t%s\t%s\tinstalled\n' "$name" "$version" "$arch" ;;
                esac
            done
            worst $?
            break
        fi
    done
    if have opkg; then
        said=$(limited "$seconds_each" opkg list-installed)
        worst $?
        printf '%s\n' "$said" | sed -n 's/^\([^ ]*\) - \([^ ]*\).*/\1	\2		installed/p'
    fi
    if have pacman; then
        said=$(limited "$seconds_each" pacman -Q)
        worst $?
        printf '%s\n' "$said" | sed -n 's/^\([^ ]*\) \([^ ]*\)$/\1	\2		installed/p'
    fi
    return "$found"
}

worst() { # status
    if [ "$found" = 127 ] || [ "$1" != 0 ]; then found=$1; fi
}

# --- the kernel's settings: PATH of each; PATH:VALUE, and grep's word of those that cannot be read

settings() { # find's tests
    if [ ! -d /proc/sys ]; then
        limited "$seconds_each" sysctl -a
        return
    fi
    # Not what can only be written, no secret, and, as sysctl does, not what the kernel complains about when it is
    # read. Not by a shell's `read`: it asks byte by byte, and of a number the kernel gives no more than the first.
    limited "$seconds_each" find /proc/sys -type f -perm -400 ! -name base_reachable_time ! -name retrans_time \
        ! -name stable_secret ! -name tcp_fastopen_key \( "$@" \) -exec sh -c '
            printf "%s\n" "$@"
            grep "" /dev/null "$@" 2>&1
            :
        ' sh {} +
}

# --- services: which manager, and then unit, enabled, active; of systemd what it says

services() {
    if [ -d /run/systemd/system ] && have systemctl; then
        echo systemd
        types=service,socket,timer,path
        limited "$seconds_each" systemctl list-unit-files --type="$types" --no-legend --no-pager --full || return
        echo
        limited "$seconds_each" systemctl list-units --all --type="$types" --no-legend --no-pager --full --plain
    elif [ -d /run/openrc/started ]; then
        echo openrc
        for script in /etc/init.d/*; do
            name=${script##*/} enabled=disabled active=inactive
            case $name in functions.sh | *'*') continue ;; esac
            for level in /etc/runlevels/*/"$name"; do
                if [ -L "$level" ]; then enabled=enabled; fi
            done
            for state in started starting failed; do
                if [ -e "/run/openrc/$state/$name" ]; then active=$state; fi
            done
            printf '%s\t%s\t%s\n' "$name" "$enabled" "$active"
        done
    elif [ -d /etc/init.d ]; then
        echo init
        for script in /etc/init.d/*; do
            name=${script##*/} enabled=disabled
            case $name in README | skeleton | functions | rc | rcS | *'*') continue ;; esac
            for link in /etc/rc[2-5].d/S??"$name" /etc/rc.d/S??"$name" /etc/rc.d/rc[2-5].d/S??"$name"; do
                if [ -L "$link" ]; then enabled=enabled; fi
            done
            printf '%s\t%s\tunknown\n' "$name" "$enabled"
        done
    else
        return 127
    fi
}

# --- users and mounts

users() { # passwd or group: without what may be the hash of a password
    if have getent; then
        said=$(limited "$seconds_each" getent "$1")
    else
        said=$(cat "/etc/$1")
    fi
    status=$?
    printf '%s\n' "$said" | sed 's/^\([^:]*\):[^:!][^:][^:]*:/\1:(hidden):/'
    return "$status"
}

mount_table() {
    [ -e /etc/fstab ] || return 127
    cat /etc/fstab
}

# --- processes

property() { # unit name
    limited "$seconds_each" systemctl show -p "$2" "$1" | sed 's/^[^=]*=//'
}

main_pid() { # unit: of its own manager, of its pid file, or by its name
    name=${1%.service}
    if [ -d /run/systemd/system ] && have systemctl; then
        property "$1" MainPID
        return
    fi
    for file in "/run/$name.pid" "/run/$name/$name.pid"; do
        if [ -r "$file" ] && read -r pid _ <"$file" && [ -d "/proc/$pid" ]; then
            echo "$pid"
            return
        fi
    done
    pidof -s "$name" || echo 0
}

environment() { # unit: what it is declared to have, as systemd writes it, NUL, what its process has
    if [ -d /run/systemd/system ] && have systemctl; then
        state=$(property "$1" LoadState)
        if [ "$state" = not-found ]; then return 127; fi
        property "$1" Environment
    fi
    pid=$(main_pid "$1")
    if [ "${pid:-0}" = 0 ]; then return 3; fi
    printf '\0'
    cat "/proc/$pid/environ"
}

effective() { # ways...: the first of which the program is there
    for way do
        program=$(command -v "${way%% *}" 2>/dev/null) || continue
        case $way in
        *' '*) rest=${way#* } ;;
        *) rest= ;;
        esac
        limited "$seconds_each" sh -c "exec $program $rest" # sshd wants to be called by its path
        return
    done
    return 127
}

# When a daemon was last started or reloaded, and when its files were changed.
age() { # process units file...
    [ -r /proc/stat ] || return 0
    sed -n 's/^btime //p' /proc/stat | sed 's/^/boot /'
    printf 'ticks %s\n' "$(getconf CLK_TCK 2>/dev/null || echo 100)"
    if [ -d /run/systemd/system ] && have systemctl; then
        for unit in $2; do
            if [ "$(property "$unit" ActiveState)" = active ]; then
                printf 'changed %s\n' "$(property "$unit" StateChangeTimestampMonotonic)"
            fi
        done
    fi
    if [ -n "$1" ]; then
        for pid in $(pidof "$1"); do
            # What is in parentheses may have blanks, and parentheses.
            sed 's/^.*) //; s/^/process /' "/proc/$pid/stat"
        done
    fi
    shift 2
    for where do
        if [ -e "$where" ]; then limited "$seconds_each" find "$where" -type f -exec stat -c 'file %Y %n' {} +; fi
    done
}

command_line() { # a team's own
    limited "$seconds_each" sh -c "$1"
}

# The end of stdin is the end of the run, whatever it waits for.
{
    read -r _
    kill -KILL $$
} <&5 >/dev/null 2>&1 4>&- &
reader=$!
exec 5<&-
eval "$request"
kill $reader 2>/dev/null
exit 0
