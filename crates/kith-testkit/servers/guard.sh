#!/usr/bin/env bash
# guard.sh WATCH COMMAND… runs a test server in a process group and a temporary folder of its own, and ends both
# when what it serves is gone. WATCH is `stdin` (until standard input closes, which it does however the starter
# dies) or a process id (until that process is gone).
set -u
GRACE_S=5
watch=$1; shift

TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/kith-server.XXXXXX")
export TMPDIR
chmod 711 "$TMPDIR" # PostgreSQL's user passes through it

# Is anything of the group left? One that ended and waits to be reaped by somebody else does not count.
left() {
  # By way of cat, since a process that ends meanwhile would end awk too.
  cat /proc/[0-9]*/stat 2>/dev/null |
    awk -v group="$server" '{ sub(/.*\) /, "") } $3 == group && $1 != "Z" { found = 1 } END { exit !found }'
}

finish() {
  trap '' TERM INT HUP
  kill -TERM -- "-$server" 2>/dev/null
  for _ in $(seq $((GRACE_S * 10))); do
    left || break
    sleep 0.1
  done
  kill -KILL -- "-$server" 2>/dev/null
  rm -rf "$TMPDIR"
  wait "$server"
  exit
}

exec 7<&0
set -m # the server leads a process group
"$@" </dev/null 7<&- &
server=$!
set +m
trap finish TERM INT HUP

if [ "$watch" = stdin ]; then
  # Read in slices, so that a server that ends by itself is noticed too.
  while kill -0 "$server" 2>/dev/null; do
    IFS= read -r -t 0.5 -u 7 _
    [ $? -gt 128 ] || break # above 128 is the time-out; anything else is the end of input
  done
else
  # The start time tells the process from a later one with the same id.
  born() { sed 's/.*) //' "/proc/$watch/stat" 2>/dev/null | cut -d' ' -f20; }
  first=$(born)
  while kill -0 "$server" 2>/dev/null && [ -n "$first" ] && [ "$(born)" = "$first" ]; do
    sleep 0.5 &
    wait $!
  done
fi
finish
