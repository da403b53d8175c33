-- Which posts people spoke under lately, without reading their conversations.
CREATE INDEX conversation_roots ON conversation (workspace_id, last_at, channel_id, root_remote_id);
