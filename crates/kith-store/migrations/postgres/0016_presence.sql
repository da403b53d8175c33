-- The hours of presence were read from a setting of their own too. There is one source now, the rules for plans; what
-- they say already holds.
UPDATE setting SET version = setting.version + 1,
    value = CAST(jsonb_set(CAST(setting.value AS jsonb), '{presence}', CAST(old.value AS jsonb)) AS TEXT)
    FROM setting old
    WHERE old.workspace_id = setting.workspace_id AND old.name = 'presence' AND jsonb_typeof(CAST(old.value AS jsonb)) = 'object'
    AND setting.name = 'plan_rules' AND jsonb_typeof(CAST(setting.value AS jsonb)) = 'object'
    AND COALESCE(jsonb_typeof(CAST(setting.value AS jsonb) -> 'presence'), 'null') = 'null';
INSERT INTO setting (workspace_id, name, value, version)
    SELECT old.workspace_id, 'plan_rules', CAST(jsonb_build_object('presence', CAST(old.value AS jsonb)) AS TEXT), 1 FROM setting old
    WHERE old.name = 'presence' AND jsonb_typeof(CAST(old.value AS jsonb)) = 'object'
    AND NOT EXISTS (SELECT 1 FROM setting rules WHERE rules.workspace_id = old.workspace_id AND rules.name = 'plan_rules');
DELETE FROM setting WHERE name = 'presence';
