-- Running conferences (tables conf_active, conf_participant).

-- name: take_older
-- Goes before a join: what another Front End activated under an earlier epoch becomes ours.
UPDATE conf_active SET frontend = $2, epoch = $3
WHERE conf = $1 AND frontend <> $2 AND epoch < $3

-- name: join
-- No row: there is no such conference. Nothing is changed when another Front End has it; its row is
-- written as it was, so that RETURNING tells whose it is even if it came after our snapshot.
WITH a AS (
	INSERT INTO conf_active AS x (conf, frontend, epoch, instance, activated_at, last_join_at,
		enterprise_left_at, locked)
	SELECT c.id, $2, $3::bigint, $4, $5::timestamptz, $6::timestamptz, $7::timestamptz,
		$8::int <> 0
	FROM conf c
	WHERE c.id = $1
	ON CONFLICT (conf) DO UPDATE SET
		epoch = CASE WHEN x.frontend = excluded.frontend
			THEN greatest(x.epoch, excluded.epoch) ELSE x.epoch END,
		last_join_at = CASE WHEN x.frontend = excluded.frontend
			THEN excluded.last_join_at ELSE x.last_join_at END,
		enterprise_left_at = CASE WHEN x.frontend = excluded.frontend
			THEN excluded.enterprise_left_at ELSE x.enterprise_left_at END
	RETURNING x.conf, x.frontend, x.epoch, x.instance, x.activated_at,
		x.frontend = $2 AS mine, x.xmax = 0 AS activated
), c AS (
	UPDATE conf k SET activated_at = a.activated_at,
		expires_at = CASE k.expiry_rule WHEN 2
			THEN (a.activated_at AT TIME ZONE 'UTC' + interval '6 months') AT TIME ZONE 'UTC'
			ELSE k.expires_at END
	FROM a
	WHERE k.id = a.conf AND a.activated
	RETURNING k.expires_at
), p AS (
	INSERT INTO conf_participant (conf, uri, endpoint, display_name, auth_type, role_now, joined_at)
	SELECT a.conf, $9, $10, $11, $12::int, $13::int, $14::timestamptz FROM a WHERE a.mine
	ON CONFLICT (conf, uri, endpoint) DO UPDATE SET display_name = excluded.display_name,
		auth_type = excluded.auth_type, role_now = excluded.role_now,
		joined_at = excluded.joined_at
)
SELECT a.mine, a.activated, a.frontend, a.epoch, a.instance, a.activated_at,
	coalesce((SELECT expires_at FROM c), (SELECT expires_at FROM conf WHERE id = $1))
FROM a

-- name: leave
WITH p AS (
	DELETE FROM conf_participant WHERE conf = $1 AND uri = $2 AND endpoint = $3
	RETURNING conf
), a AS (
	UPDATE conf_active SET enterprise_left_at = $4::timestamptz
	WHERE conf = $1 AND enterprise_left_at IS DISTINCT FROM $4
)
SELECT conf FROM p

-- name: role
UPDATE conf_participant SET role_now = $3::int WHERE conf = $1 AND uri = $2 RETURNING conf

-- name: lock
UPDATE conf_active SET locked = $2::int <> 0 WHERE conf = $1 RETURNING conf

-- name: deactivate
DELETE FROM conf_active WHERE conf = $1

-- name: take
-- One row if it is active: who had it, and whether we have it now.
WITH old AS (
	SELECT conf, frontend FROM conf_active WHERE conf = $1 FOR NO KEY UPDATE
), a AS (
	UPDATE conf_active x SET frontend = $2, epoch = greatest(x.epoch, $3::bigint)
	FROM old
	WHERE x.conf = old.conf AND (x.frontend = $2 OR x.epoch < $3)
	RETURNING x.frontend
)
SELECT coalesce((SELECT frontend FROM a), old.frontend), EXISTS (SELECT FROM a) FROM old

-- name: end
-- One row if there is such a conference: whether it is active.
WITH c AS (
	SELECT c.id FROM resource u JOIN conf c ON c.organizer = u.id
	WHERE u.uri = $1 AND lower(c.conf_id) = lower($2)
), a AS (
	UPDATE conf_active x SET end_requested_at = now() FROM c WHERE x.conf = c.id
	RETURNING x.conf
)
SELECT EXISTS (SELECT FROM a) FROM c
