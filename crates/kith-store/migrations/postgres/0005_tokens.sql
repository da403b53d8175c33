-- Keys for programs. The key itself is never stored.

CREATE TABLE api_token (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    member_id TEXT NOT NULL REFERENCES member (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX api_token_hash ON api_token (hash);
CREATE INDEX api_token_of_workspace ON api_token (workspace_id, id);
