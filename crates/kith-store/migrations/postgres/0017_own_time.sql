-- A person gave this delivery a time of its own: the queue or series that it came from leaves it there.
ALTER TABLE dispatch ADD COLUMN own_time BIGINT NOT NULL DEFAULT 0;
