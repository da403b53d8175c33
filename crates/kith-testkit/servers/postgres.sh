#!/usr/bin/env bash
# A throw-away PostgreSQL cluster on loopback, fsync off (so not for crash tests). Prints one JSON line: {"url"}.
set -u
source "$(dirname "$0")/lib.sh"
bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
[ -n "$bin" ] || missing PostgreSQL

dir=$(mktemp -d "$TMPDIR/pg.XXXXXX")
as=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
  chown postgres "$dir"
  # Unlike runuser, it becomes the program, so that a signal reaches PostgreSQL itself.
  as=(setpriv --reuid postgres --regid postgres --init-groups)
fi
cd "$dir" || exit 1
"${as[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >&2 || exit 1

for _ in $(seq $ATTEMPTS_MAX); do
  port=$(free_port)
  "${as[@]}" "$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c dynamic_shared_memory_type=mmap -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off >&2 &
  server=$!
  trap 'kill -INT $server; wait $server; exit 0' TERM INT # at once, without waiting for its clients
  if up "$server" "$port" && "$bin/pg_isready" -q -t 30 -h 127.0.0.1 -p "$port" -U postgres; then
    printf '{"url":"postgres://postgres@127.0.0.1:%s/postgres"}\n' "$port"
    wait "$server"
    exit
  fi
done
exit 1
