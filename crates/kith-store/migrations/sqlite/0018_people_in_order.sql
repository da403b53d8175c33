-- People in the order in which they were heard, and the last word of ours in a conversation, without reading the rest.
CREATE INDEX handle_heard ON handle (workspace_id, last_seen DESC, contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX message_ours ON message (conversation_id, at) WHERE ours;
