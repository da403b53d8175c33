-- Several processes on one database: who is there, who claimed what, who reads which channel. And when a channel's
-- sign-in ends, where its network tells.

CREATE TABLE process (
    name TEXT NOT NULL PRIMARY KEY,
    lock_key BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

-- One holder per channel and task ('listen', 'renew'); a higher fence ends what was begun under a lower one.
CREATE TABLE lease (
    channel_id TEXT NOT NULL,
    task TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    holder TEXT NOT NULL,
    fence BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (channel_id, task),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channel (workspace_id, id)
);
CREATE INDEX lease_of_holder ON lease (holder, task);

-- Which process claimed it; of meaning only while there is a lease.
ALTER TABLE dispatch ADD COLUMN lease_by TEXT;

-- When the sign-in ends, and which warning its owner has had ('week', 'day').
ALTER TABLE channel ADD COLUMN token_ends_at BIGINT;
ALTER TABLE channel ADD COLUMN token_told TEXT;
CREATE INDEX channel_token_ends ON channel (token_ends_at) WHERE token_ends_at IS NOT NULL;
