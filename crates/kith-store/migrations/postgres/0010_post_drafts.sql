-- Posts that are being written. A draft belongs to the workspace; its version tells two people who write at once.

CREATE TABLE post_draft (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    begun_by TEXT NOT NULL REFERENCES member (id),
    begun_at BIGINT NOT NULL,
    saved_by TEXT NOT NULL REFERENCES member (id),
    saved_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX post_draft_of_workspace ON post_draft (workspace_id, id);
CREATE INDEX post_draft_open ON post_draft (workspace_id, saved_at) WHERE ended_at IS NULL;
