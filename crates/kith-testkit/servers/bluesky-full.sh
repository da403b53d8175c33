#!/usr/bin/env bash
# The whole Bluesky back end with a PostgreSQL and a Redis of its own. Prints one JSON line; see bluesky-full.mjs.
set -u
source "$(dirname "$0")/lib.sh"
command -v redis-server >/dev/null || missing Redis

coproc PG { exec "$HERE/postgres.sh"; }
port=$(free_port)
(cd "$TMPDIR" && exec redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no >&2) &
redis=$!
IFS= read -r -u "${PG[0]}" answer || { echo "PostgreSQL did not start" >&2; exit 1; }
url=${answer#*\"url\":\"}
DB_POSTGRES_URL=${url%%\"*}
up "$redis" "$port" || { echo "Redis did not start" >&2; exit 1; }
export DB_POSTGRES_URL DB_POSTGRES_SCHEMA=kith_test REDIS_HOST=127.0.0.1:$port LOG_ENABLED=false
node22 "$HERE/bluesky-full.mjs" "$@"
