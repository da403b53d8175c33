-- By what a feed's entries are known that were read already.

CREATE TABLE source_key (
    workspace_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    key TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, source_id, key),
    FOREIGN KEY (workspace_id, source_id) REFERENCES source (workspace_id, id)
);
CREATE INDEX source_key_by_age ON source_key (workspace_id, source_id, at);
