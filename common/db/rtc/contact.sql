-- Contacts and groups.

-- name: put
INSERT INTO contact (user_id, uri, name, groups, subscribed, external_uri, extension)
VALUES ($1, $2, $3, $4, $5::int <> 0, $6, $7)
ON CONFLICT (user_id, uri) DO UPDATE SET name = excluded.name, groups = excluded.groups,
	subscribed = excluded.subscribed, external_uri = excluded.external_uri,
	extension = excluded.extension

-- name: delete
DELETE FROM contact WHERE user_id = $1 AND uri = $2

-- name: group_put
INSERT INTO contact_group (user_id, id, name, external_uri)
VALUES ($1, $2::int, $3, $4)
ON CONFLICT (user_id, id) DO UPDATE SET name = excluded.name, external_uri = excluded.external_uri

-- name: group_delete
DELETE FROM contact_group WHERE user_id = $1 AND id = $2::int

-- name: delta
INSERT INTO contact_state (user_id, delta) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET delta = excluded.delta
