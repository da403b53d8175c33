# Shared by the server scripts beside it. Sourced, never run.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
KITH_TOOLS=${KITH_TOOLS:-$(cd "$HERE/../../.." && pwd)/.tools}
export KITH_TOOLS
TMPDIR=${TMPDIR:-/tmp}
ATTEMPTS_MAX=5

missing() { printf '%s is missing, which this test server needs. Run: scripts/setup servers\n' "$1" >&2; exit 69; }

open_port() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port nobody listens on, below the range the system hands out by itself.
free_port() {
  local port
  while :; do
    port=$((10240 + RANDOM % 20000))
    open_port "$port" || { echo "$port"; return; }
  done
}

# up PID PORT waits until the process listens there; false when it ended instead.
up() {
  while kill -0 "$1" 2>/dev/null; do
    open_port "$2" && return 0
    sleep 0.1
  done
  return 1
}

node22() {
  local home
  home=$(compgen -G "$KITH_TOOLS/node/node_modules/node-linux-*" | head -n 1)
  [ -n "$home" ] && [ -d "$KITH_TOOLS/atproto/node_modules/@atproto/pds" ] || missing "Node 22 with the AT Protocol servers"
  "$home/bin/node" "$@"
}
