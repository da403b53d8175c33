-- People who help, passkeys, and what waits between two presses of a person. Only hashes and sealed text are kept.

ALTER TABLE member ADD COLUMN removed_at BIGINT;
-- Which of a person's workspaces this browser shows; the one joined first if it names none.
ALTER TABLE session ADD COLUMN at_hand TEXT;
-- When a workspace that its owner ended is erased.
ALTER TABLE workspace ADD COLUMN erase_at BIGINT;
CREATE INDEX workspace_erase ON workspace (erase_at) WHERE erase_at IS NOT NULL;

CREATE TABLE invitation (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    hash TEXT NOT NULL,
    invited_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX invitation_hash ON invitation (hash);
CREATE INDEX invitation_of_workspace ON invitation (workspace_id, id);

CREATE TABLE passkey (
    id TEXT NOT NULL PRIMARY KEY,
    login_id TEXT NOT NULL REFERENCES login (id),
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    public_key TEXT NOT NULL,
    uses BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX passkey_credential ON passkey (credential);
CREATE INDEX passkey_of_login ON passkey (login_id, id);

-- Bound to the browser that began it (an empty session: whoever has the secret), used once, gone soon.
CREATE TABLE pending (
    hash TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    session_id TEXT NOT NULL,
    sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pending_expires ON pending (expires_at);

-- How this Kith is registered with a server that asks who wants to be let in.
CREATE TABLE registration (
    network TEXT NOT NULL,
    server TEXT NOT NULL,
    callback TEXT NOT NULL,
    sealed TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (network, server, callback)
);
