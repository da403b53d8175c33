-- The tables of the first release. Instants are milliseconds since 1970 in UTC, ids are 32 hex digits, JSON is text.
-- The SQLite twin of this file differs only in BLOB and in how `event.seq` counts.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE workspace (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE login (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX login_email ON login (email);

CREATE TABLE member (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    login_id TEXT NOT NULL REFERENCES login (id),
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX member_login ON member (workspace_id, login_id);
CREATE INDEX member_of_login ON member (login_id);

CREATE TABLE one_time_link (
    hash TEXT NOT NULL,
    login_id TEXT NOT NULL REFERENCES login (id),
    purpose TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT one_time_link_pkey PRIMARY KEY (hash)
);

CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    login_id TEXT NOT NULL REFERENCES login (id),
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    user_agent TEXT NOT NULL
);
CREATE UNIQUE INDEX session_secret ON session (secret_hash);
CREATE INDEX session_of_login ON session (login_id);

CREATE TABLE channel (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    network TEXT NOT NULL,
    name TEXT NOT NULL,
    server TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    address TEXT NOT NULL,
    display_name TEXT NOT NULL,
    sealed BYTEA,
    capabilities TEXT NOT NULL,
    state TEXT NOT NULL,
    state_detail TEXT NOT NULL,
    state_since BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_checked_at BIGINT
);
-- What belongs to a channel names its workspace too, so that no row can point across tenants.
CREATE UNIQUE INDEX channel_tenant ON channel (workspace_id, id);
CREATE UNIQUE INDEX channel_name ON channel (workspace_id, name) WHERE state <> 'removed';
CREATE UNIQUE INDEX channel_profile ON channel (workspace_id, network, server, remote_id)
    WHERE state <> 'removed' AND remote_id <> '';

CREATE TABLE media (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    sha256 TEXT NOT NULL,
    mime TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    alt TEXT NOT NULL,
    file TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX media_bytes ON media (workspace_id, sha256);

CREATE TABLE post (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    text TEXT NOT NULL,
    category TEXT,
    provenance TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX post_of_workspace ON post (workspace_id, id);

CREATE TABLE variant (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    post_id TEXT NOT NULL REFERENCES post (id),
    channel_id TEXT NOT NULL,
    content TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    approved_hash TEXT,
    approved_by TEXT,
    approved_at BIGINT,
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channel (workspace_id, id)
);
CREATE INDEX variant_of_post ON variant (post_id);
CREATE INDEX variant_of_workspace ON variant (workspace_id, id);

CREATE TABLE dispatch (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    post_id TEXT NOT NULL REFERENCES post (id),
    variant_id TEXT NOT NULL REFERENCES variant (id),
    channel_id TEXT NOT NULL,
    occurrence_key TEXT NOT NULL,
    civil TEXT NOT NULL,
    zone TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    grace_s BIGINT NOT NULL,
    payload_hash TEXT NOT NULL,
    remote_key TEXT NOT NULL,
    prepared TEXT,
    state TEXT NOT NULL,
    state_json TEXT NOT NULL,
    fence BIGINT NOT NULL,
    wake_at BIGINT,
    lease_until BIGINT,
    attempts BIGINT NOT NULL,
    first_send BIGINT,
    last_send BIGINT,
    remote_id TEXT,
    remote_url TEXT,
    sent_at BIGINT,
    provenance TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channel (workspace_id, id)
);
CREATE UNIQUE INDEX dispatch_occurrence ON dispatch (workspace_id, occurrence_key);
CREATE UNIQUE INDEX dispatch_remote_key ON dispatch (channel_id, remote_key);
-- I1: one dispatch per remote id.
CREATE UNIQUE INDEX dispatch_remote_id ON dispatch (channel_id, remote_id) WHERE remote_id IS NOT NULL;
-- What the worker reads: only rows that will wake, so that cost follows what is due.
CREATE INDEX dispatch_wake ON dispatch (wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX dispatch_leased ON dispatch (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX dispatch_by_state ON dispatch (workspace_id, state, due_at, id);
CREATE INDEX dispatch_by_due ON dispatch (workspace_id, due_at, id);
CREATE INDEX dispatch_by_channel ON dispatch (channel_id, due_at);
CREATE INDEX dispatch_sent ON dispatch (channel_id, sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE attempt (
    dispatch_id TEXT NOT NULL REFERENCES dispatch (id),
    n BIGINT NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    fence BIGINT NOT NULL,
    kind TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    request_hash TEXT NOT NULL,
    request TEXT NOT NULL,
    outcome TEXT NOT NULL,
    answer TEXT NOT NULL,
    conclusion TEXT NOT NULL,
    PRIMARY KEY (dispatch_id, n)
);
CREATE INDEX attempt_of_workspace ON attempt (workspace_id, dispatch_id, n);

CREATE TABLE event (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    actor TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX event_of_workspace ON event (workspace_id, seq);
CREATE INDEX event_of_subject ON event (workspace_id, subject, seq);

CREATE TABLE cursor_place (
    channel_id TEXT NOT NULL,
    name TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (channel_id, name),
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channel (workspace_id, id)
);

CREATE TABLE contact (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX contact_of_workspace ON contact (workspace_id, id);

CREATE TABLE handle (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    contact_id TEXT REFERENCES contact (id),
    network TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    address TEXT NOT NULL,
    display_name TEXT NOT NULL,
    url TEXT,
    is_bot BOOLEAN NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL
);
CREATE UNIQUE INDEX handle_person ON handle (workspace_id, network, remote_id);
CREATE INDEX handle_of_workspace ON handle (workspace_id, id);
CREATE INDEX handle_of_contact ON handle (contact_id);

CREATE TABLE conversation (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    root_remote_id TEXT NOT NULL,
    handle_id TEXT NOT NULL REFERENCES handle (id),
    standing TEXT NOT NULL,
    waiting_since BIGINT,
    closed_at BIGINT,
    closed_by TEXT,
    last_at BIGINT NOT NULL,
    last_text TEXT NOT NULL,
    last_is_ours BOOLEAN NOT NULL,
    message_count BIGINT NOT NULL,
    unread BIGINT NOT NULL,
    automated TEXT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channel (workspace_id, id)
);
CREATE UNIQUE INDEX conversation_thread ON conversation (channel_id, root_remote_id, handle_id);
CREATE INDEX conversation_waiting ON conversation (workspace_id, standing, waiting_since, id);
CREATE INDEX conversation_latest ON conversation (workspace_id, standing, last_at, id);
CREATE INDEX conversation_of_workspace ON conversation (workspace_id, id);
CREATE INDEX conversation_of_handle ON conversation (handle_id);

CREATE TABLE message (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    conversation_id TEXT REFERENCES conversation (id),
    handle_id TEXT REFERENCES handle (id),
    remote_id TEXT NOT NULL,
    root_remote_id TEXT NOT NULL,
    event_remote_id TEXT,
    kind TEXT NOT NULL,
    ours BOOLEAN NOT NULL,
    html TEXT NOT NULL,
    text TEXT NOT NULL,
    warning TEXT,
    audience TEXT NOT NULL,
    url TEXT,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    in_reply_to TEXT,
    automated TEXT,
    act_id TEXT,
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channel (workspace_id, id)
);
CREATE UNIQUE INDEX message_remote ON message (channel_id, remote_id);
CREATE INDEX message_of_conversation ON message (conversation_id, at) WHERE conversation_id IS NOT NULL;
CREATE INDEX message_context ON message (channel_id, root_remote_id, at) WHERE conversation_id IS NULL;
CREATE INDEX message_of_workspace ON message (workspace_id, id);

CREATE TABLE reaction (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    handle_id TEXT NOT NULL REFERENCES handle (id),
    post_remote_id TEXT,
    at BIGINT NOT NULL,
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channel (workspace_id, id)
);
CREATE UNIQUE INDEX reaction_remote ON reaction (channel_id, remote_id);
CREATE INDEX reaction_of_workspace ON reaction (workspace_id, id);

CREATE TABLE act (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    member_id TEXT NOT NULL REFERENCES member (id),
    kind TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    conversation_id TEXT REFERENCES conversation (id),
    target_remote_id TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    remote_id TEXT,
    at BIGINT NOT NULL,
    finished_at BIGINT,
    FOREIGN KEY (workspace_id, channel_id) REFERENCES channel (workspace_id, id)
);
CREATE INDEX act_of_conversation ON act (conversation_id, at);
CREATE INDEX act_of_workspace ON act (workspace_id, id);
CREATE INDEX act_remote ON act (channel_id, remote_id) WHERE remote_id IS NOT NULL;

CREATE TABLE draft (
    member_id TEXT NOT NULL REFERENCES member (id),
    conversation_id TEXT NOT NULL REFERENCES conversation (id),
    workspace_id TEXT NOT NULL REFERENCES workspace (id),
    text TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (member_id, conversation_id)
);
