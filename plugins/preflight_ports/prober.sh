# Where there is no python3: connects by bash's /dev/tcp, else by nc. Reads lines ID HOST PORT SECONDS FAMILIES, then
# "end". Prints TOKEN ID ADDRESS PORT WORDS for each, the words being "open", "timeout" or what the connect ended with;
# or TOKEN ID - PORT and why HOST has no address. POSIX sh, but for what only a bash will run.
token=$1
at_once=50

try_bash() { # address port seconds
    timeout -s KILL "$3" bash -c 'exec 3<>"/dev/tcp/$1/$2" && echo open' connect "$1" "$2" 2>&1
    code=$?
    case $code in
    0 | 1) ;; # it has said why
    137) echo timeout ;;
    *) echo "it ended with $code" ;;
    esac
}

try_nc() { # address port seconds
    said=$(nc -n -z -v -w "$3" "$1" "$2" 2>&1 </dev/null)
    code=$?
    case $said in
    *nvalid\ option* | *nrecognized\ option* | *sage:*)
        # busybox: it would wait for the server to hang up, unless it has something to run once it is connected
        said=$(nc -w "$3" "$1" "$2" -e true 2>&1 </dev/null)
        code=$?
        ;;
    esac
    if [ $code -eq 0 ]; then echo open; else echo "${said:-nc ended with $code, without a word}"; fi
}

attempt() { # id address port seconds
    if [ -n "$BASH_VERSION" ]; then said=$(try_bash "$2" "$3" "$4"); else said=$(try_nc "$2" "$3" "$4"); fi
    printf '%s %s %s %s %s\n' "$token" "$1" "$2" "$3" "$(printf %s "$said" | tr '\n' ' ')"
}

addresses() { # host families
    found=$1
    case $1 in
    *:*) ;;
    *[!0-9.]*) found=$(getent ahosts "$1" 2>/dev/null | while read -r one _; do echo "$one"; done | sort -u) ;;
    esac
    for one in $found; do
        case $one in
        *:*) family=ipv6 ;;
        *) family=ipv4 ;;
        esac
        case ,$2, in *,$family,*) echo "$one" ;; esac
    done
}

running=0
known=
while read -r id host port seconds families && [ "$id" != end ]; do
    if [ "$host $families" != "$known" ]; then
        found=$(addresses "$host" "$families")
        known="$host $families"
    fi
    [ -n "$found" ] || printf '%s %s - %s no address of %s\n' "$token" "$id" "$port" "$host"
    for one in $found; do
        printf '%s %s %s %s ?\n' "$token" "$id" "$one" "$port" # what is not heard of again was not checked
        attempt "$id" "$one" "$port" "$seconds" </dev/null &
        running=$((running + 1))
        if [ $running -ge $at_once ]; then
            wait
            running=0
        fi
    done
done
wait
