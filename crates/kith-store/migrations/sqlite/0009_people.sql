-- What is remembered of people, who was merged with whom, and new followers as they are sorted and decided.

-- `merged_into`: this contact is that one now. `later_until`, `let_go_at`: what a person said of their drifting.
ALTER TABLE contact ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE contact ADD COLUMN merged_into TEXT REFERENCES contact (id);
ALTER TABLE contact ADD COLUMN later_until BIGINT;
ALTER TABLE contact ADD COLUMN let_go_at BIGINT;

-- Facts, notes and promises. `topic` is a fact's key; `heard_in` the conversation in which it was said. A promise is due
-- on a day of a zone, `due_at` is the beginning of that day there; `ending` is `kept`, `let_go` or, for all kinds, `taken_back`.
CREATE TABLE memory (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    contact_id TEXT NOT NULL REFERENCES contact (id),
    kind TEXT NOT NULL,
    topic TEXT NOT NULL,
    text TEXT NOT NULL,
    heard_in TEXT REFERENCES conversation (id),
    written_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_day TEXT,
    due_zone TEXT,
    due_at BIGINT,
    ending TEXT,
    ended_at BIGINT
);
CREATE INDEX memory_of_contact ON memory (contact_id, kind, created_at);
CREATE INDEX memory_of_workspace ON memory (workspace_id, id);
CREATE INDEX memory_due ON memory (workspace_id, due_at) WHERE due_at IS NOT NULL AND ending IS NULL;

-- What was moved, so that parting them restores exactly.
CREATE TABLE merging (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    kept_id TEXT NOT NULL REFERENCES contact (id),
    gone_id TEXT NOT NULL REFERENCES contact (id),
    before TEXT NOT NULL,
    merged_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    parted_at BIGINT
);
CREATE INDEX merging_of_workspace ON merging (workspace_id, id);
CREATE INDEX merging_of_kept ON merging (kept_id, at) WHERE parted_at IS NULL;

-- A row only where somebody said something of a follower; the following itself is a reaction.
CREATE TABLE follower (
    handle_id TEXT NOT NULL PRIMARY KEY REFERENCES handle (id),
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    sorted TEXT,
    note TEXT NOT NULL,
    sorted_by TEXT,
    sorted_at BIGINT,
    handling TEXT,
    handled_by TEXT,
    handled_at BIGINT
);
CREATE INDEX follower_of_workspace ON follower (workspace_id, handle_id);
CREATE INDEX reaction_of_handle ON reaction (handle_id, at);
CREATE INDEX reaction_follows ON reaction (workspace_id, at) WHERE kind = 'follow';
CREATE INDEX message_of_handle ON message (handle_id, at) WHERE handle_id IS NOT NULL;
