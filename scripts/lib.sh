# Shared by the scripts beside it: where things are, how they speak, how they install.
# Sourced, never run. Everything local goes under $KITH_TOOLS (default .tools, which git ignores).

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
KITH_TOOLS=${KITH_TOOLS:-$ROOT/.tools}
LOG=$KITH_TOOLS/log
export KITH_TOOLS
mkdir -p "$LOG"

say() { printf 'kith: %s\n' "$*"; }

# Something is missing and cannot be had here: what, and the way out.
fail() { printf 'kith: %s\n' "$*" >&2; exit 1; }

# The name of the run's own log file for a step.
log_of() { printf '%s/%s.log' "$LOG" "$1"; }

# quiet NAME COMMAND… runs it with its output in the step's log; retries once, since networks fail.
quiet() {
  local name=$1 log; shift
  log=$(log_of "$name")
  "$@" </dev/null >"$log" 2>&1 && return 0
  printf '\n--- second try ---\n' >>"$log"
  sleep 2
  "$@" </dev/null >>"$log" 2>&1 && return 0
  printf 'kith: %s failed twice. The end of %s:\n' "$name" "$log" >&2
  tail -n 15 "$log" >&2
  return 1
}

# fresh STAMP FILE… is true when STAMP was written for exactly these files.
fresh() {
  local stamp=$1; shift
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cat "$@" | sha256sum)" ]
}
stamp() { local stamp=$1; shift; cat "$@" | sha256sum >"$stamp"; }

# debian PROGRAM=PACKAGE… installs by apt the packages whose program is missing, in one go.
debian() {
  local pair missing=()
  for pair in "$@"; do
    case ${pair%%=*} in
      /*) compgen -G "${pair%%=*}" >/dev/null || missing+=("${pair#*=}") ;;
      *) command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}") ;;
    esac
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local how="apt-get install --no-install-recommends ${missing[*]}"
  command -v apt-get >/dev/null || fail "these Debian packages or their like are missing: ${missing[*]}"
  [ "$(id -u)" = 0 ] || fail "missing: ${missing[*]}. Install with: sudo $how"
  say "installing from Debian: ${missing[*]}"
  # One apt at a time; and no service may start by itself (each would take its usual port).
  (
    flock 9
    if [ ! -e /usr/sbin/policy-rc.d ]; then
      printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
      chmod +x /usr/sbin/policy-rc.d
      trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    quiet apt-update apt-get update -q && quiet apt-install $how -y -q
  ) 9>"$KITH_TOOLS/apt.lock" || fail "could not install ${missing[*]}. Try: $how"
}

need_rust() {
  command -v cargo >/dev/null || fail "Rust is missing. Install Rust 1.95 or newer (https://rustup.rs), then run this again."
  debian cc=gcc
}

# The Node that scripts/setup put under .tools; the machine's own is often too old for the servers.
node_dir() { compgen -G "$KITH_TOOLS/node/node_modules/node-linux-*" | head -n 1; }
use_node() {
  NODE_HOME=$(node_dir)
  [ -n "$NODE_HOME" ] || fail "Node 22 is missing. Run: scripts/setup node"
  export PATH=$NODE_HOME/bin:$KITH_TOOLS/node/node_modules/.bin:$PATH
}
