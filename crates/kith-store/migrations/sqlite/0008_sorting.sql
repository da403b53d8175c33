-- What persons said of a conversation, whom an act was done to, versions of drafts, and texts kept beside them.

-- All of it, as JSON; `closed_at` and `closed_by` say the same of a closing. `later_until`: out of sight, and still owed.
ALTER TABLE conversation ADD COLUMN sorting TEXT;
ALTER TABLE conversation ADD COLUMN later_until BIGINT;
CREATE INDEX conversation_later ON conversation (workspace_id, later_until) WHERE later_until IS NOT NULL;

-- The person whom an act was done to.
ALTER TABLE act ADD COLUMN handle_id TEXT REFERENCES handle (id);
CREATE INDEX act_of_handle ON act (handle_id, at) WHERE handle_id IS NOT NULL;

ALTER TABLE draft ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Texts that are in no draft: what a second tab wrote meanwhile (`about` is a conversation, `box` the tab's name), and
-- first messages to a person that are being written (`about` is a handle).
CREATE TABLE kept_text (
    member_id TEXT NOT NULL REFERENCES member (id),
    about TEXT NOT NULL,
    box TEXT NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    text TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (member_id, about, box)
);
CREATE INDEX kept_text_of_workspace ON kept_text (workspace_id, member_id);
