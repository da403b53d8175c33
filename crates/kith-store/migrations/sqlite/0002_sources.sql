-- What posts come from (a queue, a series, an event, a feed, an absence), the things to say in each, and what a
-- workspace has set by name. A post that came from a source says so; its dispatches follow it.

CREATE TABLE source (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    version BIGINT NOT NULL,
    paused_at BIGINT,
    ended_at BIGINT,
    provenance TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX source_tenant ON source (workspace_id, id);
CREATE UNIQUE INDEX source_name ON source (workspace_id, kind, name) WHERE ended_at IS NULL;

CREATE TABLE source_item (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    rank BIGINT NOT NULL,
    body TEXT NOT NULL,
    ended_at BIGINT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (workspace_id, source_id) REFERENCES source (workspace_id, id)
);
CREATE INDEX source_item_of_workspace ON source_item (workspace_id, id);
CREATE INDEX source_item_in_order ON source_item (workspace_id, source_id, rank, id);

ALTER TABLE post ADD COLUMN source_id TEXT;
ALTER TABLE post ADD COLUMN item_id TEXT;
CREATE INDEX post_of_source ON post (workspace_id, source_id) WHERE source_id IS NOT NULL;
CREATE INDEX dispatch_of_post ON dispatch (post_id);

CREATE TABLE setting (
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name)
);
