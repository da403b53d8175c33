-- The hours of presence were read from a setting of their own too. There is one source now, the rules for plans; what
-- they say already holds.
UPDATE setting SET version = version + 1,
    value = json_set(value, '$.presence', json((
        SELECT old.value FROM setting old WHERE old.workspace_id = setting.workspace_id AND old.name = 'presence')))
    WHERE name = 'plan_rules' AND json_valid(value) AND json_type(value) = 'object'
    AND COALESCE(json_type(value, '$.presence'), 'null') = 'null'
    AND EXISTS (SELECT 1 FROM setting old WHERE old.workspace_id = setting.workspace_id AND old.name = 'presence'
        AND json_valid(old.value) AND json_type(old.value) = 'object');
INSERT INTO setting (workspace_id, name, value, version)
    SELECT old.workspace_id, 'plan_rules', json_object('presence', json(old.value)), 1 FROM setting old
    WHERE old.name = 'presence' AND json_valid(old.value) AND json_type(old.value) = 'object'
    AND NOT EXISTS (SELECT 1 FROM setting rules WHERE rules.workspace_id = old.workspace_id AND rules.name = 'plan_rules');
DELETE FROM setting WHERE name = 'presence';
