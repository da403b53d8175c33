#!/usr/bin/env bash
# A real PDS and its PLC directory, on loopback. Prints one JSON line; see atproto-pds.mjs.
set -u
source "$(dirname "$0")/lib.sh"
node22 "$HERE/atproto-pds.mjs" "$@"
