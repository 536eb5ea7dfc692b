# Tells how a host looks names up, and what comes of it; writes nothing. POSIX sh, with GNU's or busybox's tools.
#
# Before it stands an assignment: `resolve`, a program for python3. Its stdin are lines "ID FAMILY TYPE NAME QUERY": FAMILY
# is v4, v6 or all for what the host's own library is asked for, `dns` for what only a name server can tell; QUERY
# is the question as it goes on the wire, in hex, its first two octets a random id.
#
# What it prints, each line led by the token:
#     S WORD...             the host: `getent`, `tool NAME`, `nscd`, `ipv6`, `nsswitch LINE`, `resolv LINE`, `upstream LINE`
#     H ID LINE             a line of /etc/hosts with the name in it, its number before it
#     G ID SERVICE CODE     getent's exit code, of the host's own order (-) or of one service by itself
#     A ID SERVICE LINE     what it printed, as far as it is about addresses
#     R ID SERVER HEX       a part of a name server's reply, octets as they came
#     O ID SERVER LINE      a line of what dig or its like printed
#     N ID SERVER WORDS     no reply, and why
#     end
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # programs within this program; what `each` sets, and what stands before
token=$1 size=$2
patience=15   # s; for the host's own library, which asks each of three servers twice, 5 s each time
at_once=16
request=$(head -c "$size")
exec 2>/dev/null </dev/null

there() { command -v "$1" >/dev/null; }

limits=
if timeout 1 true; then
    limits=yes
    limited() { timeout "$@"; }
elif timeout -t 1 true; then # busybox until 1.29
    limits=yes
    limited() {
        seconds=$1
        shift
        timeout -t "$seconds" "$@"
    }
else
    limited() {
        shift
        "$@"
    }
fi

led() { # words: leads each line of its stdin by them, in a write of its own: what runs beside it writes there, too
    while IFS= read -r line; do
        printf '%s %s\n' "$*" "$line"
    done
}

each() { # function: with each line of the request, some at once
    printf '%s\n' "$request" | {
        number=0
        while read -r id family type name query; do
            "$1" &
            number=$((number + 1))
            [ $((number % at_once)) -ne 0 ] || wait
        done
        wait
    }
}

# --- the host

configured() {
    sed -n 's/^[[:blank:]]*hosts:[[:blank:]]*\([^#]*\).*/\1/p' /etc/nsswitch.conf | led S nsswitch
    sed -n '/^[[:blank:]]*\(nameserver\|search\|domain\|options\)[[:blank:]]/p' /etc/resolv.conf | led S resolv
    sed -n '/^nameserver[[:blank:]]/p' /run/systemd/resolve/resolv.conf | led S upstream
    if [ -e /etc/resolv.conf ] && [ ! -r /etc/resolv.conf ]; then echo "S unreadable /etc/resolv.conf"; fi
    if [ -e /etc/hosts ] && [ ! -r /etc/hosts ]; then echo "S unreadable /etc/hosts"; fi
    if [ -S /run/nscd/socket ] || [ -S /var/run/nscd/socket ]; then echo "S nscd"; fi
    if grep -qv ' lo$' /proc/net/if_inet6; then echo "S ipv6"; fi
}

in_hosts() {
    [ "$family" != dns ] || return 0
    pattern=$(printf '%s\n' "$name" | sed 's/[.]/[.]/g')
    grep -niE "[[:blank:]]$pattern([[:blank:]#]|\$)" /etc/hosts | led H "$id"
}

# --- its own library

options=
services=
library() {
    for try in '-A -i' -i; do
        # shellcheck disable=SC2086  # two options
        limited "$patience" getent $try ahosts localhost >/dev/null
        code=$?
        if [ $code -eq 0 ] || [ $code -eq 2 ]; then
            options=$try
            # Any name of a service is taken; one that is not installed finds nothing.
            services=$(sed -n 's/^[[:blank:]]*hosts:\([^#]*\).*/\1/p' /etc/nsswitch.conf | sed 's/\[[^]]*\]//g' | tail -n 1)
            services=${services:-files dns}
            return
        fi
    done
}

own_order() {
    case $family in
    v4) database=ahostsv4 ;;
    v6) database=ahostsv6 ;;
    all) database=ahosts ;;
    *) return 0 ;;
    esac
    ask -
    for service in $services; do
        ask "$service" -s "$service"
    done
}

ask() { # service option...
    of=$1
    shift
    # shellcheck disable=SC2086  # none, one or two options
    found=$(limited "$patience" getent $options "$@" "$database" "$name")
    echo "G $id $of $?"
    printf '%s\n' "$found" | grep ' STREAM ' | led A "$id" "$of"
}

# --- its name servers

nameservers=$(sed -n 's/^[[:blank:]]*nameserver[[:blank:]]\{1,\}\([^[:blank:]]*\).*/\1/p' /etc/resolv.conf | head -n 3)
nameservers=${nameservers:-127.0.0.1}

by_bash='
hex() { od -A n -v -t x1; }
sent() { printf "$(printf %s "$1" | sed "s/../\\\\x&/g")" | dd obs=65535; }
exec 3<>"/dev/udp/$1/53" || exit
sent "$2" >&3
reply=$(timeout 3 dd bs=65535 count=1 <&3 | hex)
set -- "$1" "$2" $reply
[ -n "$reply" ] || exit
if [ $((0x$5 & 2)) -ne 0 ]; then # truncated
    exec 3<>"/dev/tcp/$1/53" || exit
    { sent "$(printf %04x $((${#2} / 2)))"; sent "$2"; } >&3
    size=$((0x$(timeout 3 dd bs=1 count=2 <&3 | hex | sed "s/ //g")))
    reply=$(timeout 3 dd bs=1 count="$size" <&3 | hex)
fi
printf "%s\n" "$reply"
'

tool=none
choose_tool() {
    if python3 -I -S -c 'import concurrent.futures, socket'; then
        tool=python3
    elif [ -n "$limits" ] && there od && there dd && bash -c 'exec 3<>/dev/udp/127.0.0.1/9'; then
        tool=bash
    else
        for try in dig kdig drill host nslookup; do
            if there "$try"; then
                tool=$try
                break
            fi
        done
    fi
    echo "S tool $tool"
}

on_the_wire() {
    for server in $nameservers; do
        for _ in 1 2; do
            reply=$(bash -c "$by_bash" bash "$server" "$query")
            if [ -n "$reply" ]; then
                printf '%s\n' "$reply" | led R "$id" "$server"
                return
            fi
        done
        echo "N $id $server no answer in 2 tries (3 s each)"
    done
}

in_words() {
    for server in $nameservers; do
        case $tool in
        dig) set -- dig -r +tries=2 +time=3 +nosearch +nsid -t "$type" -q "$name." "@$server" ;;
        kdig) set -- kdig +retry=1 +time=3 +nsid -t "$type" -q "$name." "@$server" ;;
        drill) set -- drill "$name." "@$server" "$type" ;;
        host) set -- host -v -W 3 -t "$type" "$name." "$server" ;;
        nslookup) set -- nslookup "-type=$type" "$name." "$server" ;;
        esac
        said=$(limited 10 "$@" 2>&1)
        case $tool:$said in
        nslookup:*"timed out"* | nslookup:*"no servers"* | nslookup:*" refused"* | nslookup:) ;;
        nslookup:* | *HEADER* | *"not found: "*)
            printf '%s\n' "$said" | led O "$id" "$server"
            return
            ;;
        esac
        echo "N $id $server no answer to $tool"
    done
}

name_servers() {
    choose_tool
    case $tool in
    python3)
        own=
        there getent || own=own
        # shellcheck disable=SC2086  # one word each
        printf '%s\n' "$request" | python3 -I -S -c "$resolve" "$own" $nameservers
        ;;
    bash) each on_the_wire ;;
    none) ;;
    *) each in_words ;;
    esac
}

{
    configured
    each in_hosts
    name_servers
    if there getent; then
        echo "S getent"
        library
        each own_order
    fi
    echo end
} | sed "s/^/$token /"
