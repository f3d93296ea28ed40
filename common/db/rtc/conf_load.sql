-- Loading conferences: one statement a table, all in one round trip, each about the conferences that
-- ply_conf_pick() finds for the same arguments. The list of summaries.

-- name: conf
SELECT c.id, u.uri, c.conf_id, c.guid, c.subject, c.description, c.key, c.notification_data,
	c.organizer_data, c.admission, c.expiry_rule, c.expires_at, c.created_at, c.updated_at,
	c.activated_at, c.version
FROM ply_conf_pick($1, $2, $3, $4, $5) AS p(id) JOIN conf c ON c.id = p.id
	JOIN resource u ON u.id = c.organizer
ORDER BY c.id

-- name: user
SELECT x.conf, x.uri, x.role
FROM ply_conf_pick($1, $2, $3, $4, $5) AS p(id) JOIN conf_user x ON x.conf = p.id
ORDER BY x.conf, x.uri

-- name: mcu
SELECT x.conf, x.type, x.settings
FROM ply_conf_pick($1, $2, $3, $4, $5) AS p(id) JOIN conf_mcu_wanted x ON x.conf = p.id
ORDER BY x.conf, x.type

-- name: active
SELECT x.conf, x.frontend, x.epoch, x.instance, x.activated_at, x.last_join_at,
	x.enterprise_left_at, x.locked, x.end_requested_at IS NOT NULL
FROM ply_conf_pick($1, $2, $3, $4, $5) AS p(id) JOIN conf_active x ON x.conf = p.id
ORDER BY x.conf

-- name: party
SELECT x.conf, x.uri, x.endpoint, x.display_name, x.auth_type, x.role_now, x.joined_at
FROM ply_conf_pick($1, $2, $3, $4, $5) AS p(id) JOIN conf_participant x ON x.conf = p.id
ORDER BY x.conf, x.uri, x.endpoint

-- name: list
-- The page after id $1; the last column repeats its size.
SELECT c.id, u.uri, c.conf_id, c.guid, c.subject, NULL::text, NULL::text, NULL::text, NULL::text,
	c.admission, c.expiry_rule, c.expires_at, c.created_at, c.updated_at, c.activated_at,
	c.version, a.frontend, (SELECT count(*) FROM conf_participant p WHERE p.conf = a.conf),
	$2::bigint
FROM conf c JOIN resource u ON u.id = c.organizer LEFT JOIN conf_active a ON a.conf = c.id
WHERE c.id > $1
ORDER BY c.id
LIMIT $2::bigint

-- name: list_of
-- The same of one organizer.
SELECT c.id, u.uri, c.conf_id, c.guid, c.subject, NULL::text, NULL::text, NULL::text, NULL::text,
	c.admission, c.expiry_rule, c.expires_at, c.created_at, c.updated_at, c.activated_at,
	c.version, a.frontend, (SELECT count(*) FROM conf_participant p WHERE p.conf = a.conf),
	$2::bigint
FROM resource u JOIN conf c ON c.organizer = u.id LEFT JOIN conf_active a ON a.conf = c.id
WHERE u.uri = $3 AND c.id > $1
ORDER BY c.id
LIMIT $2::bigint
