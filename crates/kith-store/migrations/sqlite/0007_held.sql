-- Which workspaces and channels have posts on hold, asked often: few rows, whatever the plan's size.
CREATE INDEX dispatch_held ON dispatch (workspace_id, channel_id) WHERE state = 'held';
