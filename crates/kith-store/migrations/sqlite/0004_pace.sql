-- How fast channels and servers are used, and in whose turn: what a worker asks each time it claims.

-- Buckets (reliability.md A4): `key` is a channel's id or a server's address, `name` the budget's, `full_at` when the
-- bucket is full again. The empty name is a pause: nothing of this key is claimed before `full_at`.
CREATE TABLE pace (
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    full_at BIGINT NOT NULL,
    PRIMARY KEY (key, name)
);
CREATE INDEX pace_pause ON pace (full_at, key) WHERE name = '';

-- A channel's next due row, and first what may be out; both without reading the rows behind it.
CREATE INDEX dispatch_turn ON dispatch (channel_id, wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX dispatch_turn_out ON dispatch (channel_id, wake_at, id)
    WHERE wake_at IS NOT NULL AND state NOT IN ('planned', 'claimed');
-- What went out last on a channel.
CREATE INDEX dispatch_last_send ON dispatch (channel_id, last_send) WHERE last_send IS NOT NULL;
-- What wakes later than its plan says: claims, looks, back-off. Read when the clock went back.
CREATE INDEX dispatch_put_off ON dispatch (wake_at, id) WHERE wake_at > due_at;
