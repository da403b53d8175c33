#!/usr/bin/env bash
# mastodon_mock, an independent Mastodon API server, in memory with its four demo people.
# Prints one JSON line: {"url","tokens":{"ada","grace","alan","katherine"}}.
set -u
source "$(dirname "$0")/lib.sh"
program=$KITH_TOOLS/mastodon-mock/bin/mastodon_mock
[ -x "$program" ] || missing mastodon_mock

cd "$TMPDIR" || exit 1
for _ in $(seq $ATTEMPTS_MAX); do
  port=$(free_port)
  "$program" serve --in-memory --demo --host 127.0.0.1 --port "$port" >&2 &
  server=$!
  trap 'kill $server; wait $server; exit 0' TERM INT
  if up "$server" "$port"; then
    printf '{"url":"http://127.0.0.1:%s","tokens":{"ada":"ada_token","grace":"grace_token","alan":"alan_token","katherine":"katherine_token"}}\n' "$port"
    wait "$server"
    exit
  fi
done
exit 1
