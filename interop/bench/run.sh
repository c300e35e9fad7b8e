#!/bin/bash
# Runs every program in clients/ against the C++ server, round by round, and prints medians.
#
#   bench/run.sh [-r ROUNDS] [-c "CLIENT ..."] [-s "SECTION ..."]
#
# Sections: tcp (all groups), ws and ssl (connect, ping, bytes), 1cpu (server and client both on
# CPU 0: ping, async, bytes), limits (raw TCP and memcpy).
# Environment: BENCH_OUT build and result folder (out/ here); BENCH_CC TCP congestion control
# inside the private network namespace (reno); BENCH_NETNS=0 stays in the current namespace.
set -u
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export BENCH_OUT=${BENCH_OUT:-$here/out}
out=$BENCH_OUT

# A namespace of its own: only loopback, no other traffic, and a congestion control that does not
# pace, whatever the host defaults to (README.md says what BBR changes).
if [ "${BENCH_NETNS:-1}" = 1 ] && [ -z "${BENCH_INSIDE:-}" ]; then
    make -s -C "$here" OUT="$out" || exit 1
    if unshare -n true 2>/dev/null; then
        BENCH_INSIDE=1 exec unshare -n "$here/run.sh" "$@"
    fi
    echo "run.sh: no private network namespace, measuring in this one" >&2
elif [ -n "${BENCH_INSIDE:-}" ]; then
    ip link set lo up || exit 1
    sysctl -qw net.ipv4.tcp_congestion_control="${BENCH_CC:-reno}" || exit 1
else
    make -s -C "$here" OUT="$out" || exit 1
fi

rounds=3
clients=$(ls "$here/clients")
sections="tcp ws ssl 1cpu limits"
while getopts r:c:s: o; do
    case $o in
    r) rounds=$OPTARG ;;
    c) clients=$OPTARG ;;
    s) sections=$OPTARG ;;
    *) exit 2 ;;
    esac
done

res=$out/results/$(date +%Y%m%d-%H%M%S)
mkdir -p "$res"
server=
failed=0

stop_server() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null
        wait "$server" 2>/dev/null
        server=
    fi
}
trap stop_server EXIT
trap 'exit 130' INT TERM

start_server() { # [prefix command ...]
    rm -f "$out/ready"
    "$@" "$out/bin/server" --ready "$out/ready" --certs "$out/certs" >>"$res/server.log" 2>&1 &
    server=$!
    local i
    for i in $(seq 100); do
        [ -s "$out/ready" ] && return
        sleep 0.05
    done
    echo "run.sh: the server did not start" >&2
    exit 1
}

steal() { awk '/^cpu /{print $9}' /proc/stat; }

# measure FILE COMMAND...: one bounded run, its JSON lines appended to FILE
measure() {
    local file=$res/$1.jsonl s=$SECONDS st
    st=$(steal)
    shift
    timeout -k 5 240 "$@" >>"$file" 2>>"$res/errors.log"
    local rc=$?
    if [ $rc -ne 0 ] && [ $rc -ne 77 ]; then # 77: the client has no such transport or group
        echo "run.sh: status $rc from $* (see $res/errors.log)" >&2
        failed=1
    fi
    echo "$(date +%T) $(basename "$file") $((SECONDS - s))s rc=$rc steal=$(($(steal) - st)) load=$(cut -d' ' -f1 /proc/loadavg)" >>"$res/log"
}

endpoint() { sed -n "s/^$1 //p" "$out/ready"; }

rotate() { # rotate ROUND ITEMS...: another order each round
    local r=$1
    shift
    local a=("$@") i n=$#
    for ((i = 0; i < n; i++)); do echo "${a[$(((i + r) % n))]}"; done
}

{
    echo "date: $(date -u +%FT%TZ)"
    echo "kernel: $(uname -r), $(nproc) cpus, $(awk -F: '/model name/{print $2; exit}' /proc/cpuinfo)"
    echo "congestion control: $(sysctl -n net.ipv4.tcp_congestion_control)"
    echo "rounds: $rounds"
} | tee "$res/env"

all=start,ping,async,sleep,bytes,graph,points,oneway,fail
for ((round = 1; round <= rounds; round++)); do
    order=$(rotate $round $clients)
    for section in $sections; do
        case $section in
        tcp)
            start_server
            for c in $order; do
                measure "r$round-tcp-$c" "$here/clients/$c" --transport tcp --endpoint "$(endpoint tcp)" --groups mem
                measure "r$round-tcp-$c" "$here/clients/$c" --transport tcp --endpoint "$(endpoint tcp)" --groups futures
                measure "r$round-tcp-$c" "$here/clients/$c" --transport tcp --endpoint "$(endpoint tcp)" --groups "$all"
            done
            stop_server
            ;;
        ws | ssl)
            start_server
            for c in $order; do
                measure "r$round-$section-$c" "$here/clients/$c" --transport "$section" \
                    --endpoint "$(endpoint "$section")" --certs "$out/certs" --groups start,ping,bytes
            done
            stop_server
            ;;
        1cpu)
            start_server taskset -c 0
            for c in $order; do
                measure "r$round-1cpu-$c" taskset -c 0 "$here/clients/$c" --transport tcp-1cpu \
                    --endpoint "$(endpoint tcp)" --groups ping,async,bytes
            done
            stop_server
            ;;
        limits)
            measure "r$round-limits" "$out/bin/limits-c"
            measure "r$round-limits" "$out/bin/limits-go"
            measure "r$round-limits" "$out/bin/limits-go" -name limit-go-c -server "$out/bin/limits-c"
            measure "r$round-limits" taskset -c 0 "$out/bin/limits-c" --transport tcp-1cpu
            measure "r$round-limits" taskset -c 0 "$out/bin/limits-go" --transport tcp-1cpu
            measure "r$round-limits" taskset -c 0 "$out/bin/limits-go" --transport tcp-1cpu -name limit-go-c -server "$out/bin/limits-c"
            ;;
        *)
            echo "run.sh: no such section: $section" >&2
            exit 2
            ;;
        esac
    done
    echo "round $round of $rounds done, ${SECONDS}s" >&2
done

/usr/bin/python3 "$here/table.py" "$res" | tee "$res/table.txt"
echo "results: $res"
exit $failed
