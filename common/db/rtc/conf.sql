-- Definitions of conferences (tables conf, conf_user, conf_mcu_wanted).

-- name: add
-- One row: the id unless it was refused, the organizer if there is one, whether the name is taken.
WITH o AS (
	SELECT id FROM resource WHERE uri = $1
), have AS (
	SELECT count(*) FILTER (WHERE c.expires_at > $16) AS n,
		coalesce(bool_or(lower(c.conf_id) = lower($2)), false) AS taken
	FROM o JOIN conf c ON c.organizer = o.id
), c AS (
	INSERT INTO conf (organizer, conf_id, subject, description, key, notification_data,
		organizer_data, admission, expiry_rule, expires_at, guid, created_at, updated_at)
	SELECT o.id, $2, $3, $4, $5, $6, $7, $8::int, $9::int, $10::timestamptz, $15,
		$16::timestamptz, $16
	FROM o, have
	WHERE $17::int = 0 OR have.n < $17
	ON CONFLICT DO NOTHING
	RETURNING id
), u AS (
	INSERT INTO conf_user (conf, uri, role)
	SELECT DISTINCT ON (t.uri) c.id, t.uri, t.role
	FROM c, unnest($11::text[], $12::int[]) WITH ORDINALITY AS t(uri, role, n)
	ORDER BY t.uri, t.n
), m AS (
	INSERT INTO conf_mcu_wanted (conf, type, settings)
	SELECT DISTINCT ON (t.type) c.id, t.type, t.settings
	FROM c, unnest($13::text[], $14::text[]) WITH ORDINALITY AS t(type, settings, n)
	ORDER BY t.type, t.n
)
SELECT (SELECT id FROM c), (SELECT id FROM o), have.taken, have.n FROM have

-- name: replace
-- One row if there is such a conference: the version it had, and the new one unless it is stale.
WITH cur AS (
	SELECT c.id, c.version FROM resource u JOIN conf c ON c.organizer = u.id
	WHERE u.uri = $1 AND lower(c.conf_id) = lower($2)
	FOR NO KEY UPDATE OF c
), c AS (
	UPDATE conf SET subject = $3, description = $4, key = $5, notification_data = $6,
		organizer_data = $7, admission = $8::int, expiry_rule = $9::int,
		expires_at = $10::timestamptz, updated_at = $15::timestamptz,
		version = conf.version + 1
	FROM cur
	WHERE conf.id = cur.id AND cur.version = $16::bigint
	RETURNING conf.id, conf.version
), no_user AS (
	DELETE FROM conf_user x USING c WHERE x.conf = c.id AND x.uri <> ALL($11::text[])
), u AS (
	INSERT INTO conf_user (conf, uri, role)
	SELECT DISTINCT ON (t.uri) c.id, t.uri, t.role
	FROM c, unnest($11::text[], $12::int[]) WITH ORDINALITY AS t(uri, role, n)
	ORDER BY t.uri, t.n
	ON CONFLICT (conf, uri) DO UPDATE SET role = excluded.role
), no_mcu AS (
	DELETE FROM conf_mcu_wanted x USING c WHERE x.conf = c.id AND x.type <> ALL($13::text[])
), m AS (
	INSERT INTO conf_mcu_wanted (conf, type, settings)
	SELECT DISTINCT ON (t.type) c.id, t.type, t.settings
	FROM c, unnest($13::text[], $14::text[]) WITH ORDINALITY AS t(type, settings, n)
	ORDER BY t.type, t.n
	ON CONFLICT (conf, type) DO UPDATE SET settings = excluded.settings
)
SELECT cur.version, (SELECT version FROM c) FROM cur

-- name: delete
DELETE FROM conf c USING resource u
WHERE u.id = c.organizer AND u.uri = $1 AND lower(c.conf_id) = lower($2)
RETURNING c.id

-- name: expire
SELECT id, organizer, conf_id, guid FROM ply_conf_expire($1, $2)
