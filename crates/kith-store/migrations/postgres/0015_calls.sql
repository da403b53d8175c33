-- Browsers that want to hear, this workspace's key for them, and what each person was called for already.

CREATE TABLE push_key (
    workspace_id TEXT NOT NULL PRIMARY KEY REFERENCES workspace (id),
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE push_browser (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    member_id TEXT NOT NULL REFERENCES member (id),
    endpoint_hash TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    device TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX push_browser_endpoint ON push_browser (workspace_id, member_id, endpoint_hash);

CREATE TABLE member_call (
    member_id TEXT NOT NULL REFERENCES member (id),
    about TEXT NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (member_id, about)
);
CREATE INDEX member_call_of_workspace ON member_call (workspace_id, member_id, at);
