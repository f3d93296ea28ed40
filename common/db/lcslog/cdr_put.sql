-- Taking a batch of call detail records: all of it in one transaction. $1 is always the feed; what is not above the last
-- number taken from it changes nothing.

-- name: feed
WITH c AS (INSERT INTO computers (computer) SELECT $2::text
		WHERE NOT EXISTS (SELECT FROM computers WHERE computer = $2) ON CONFLICT DO NOTHING RETURNING server_id),
	p AS (INSERT INTO pools (pool_uri) SELECT $3::text
		WHERE NOT EXISTS (SELECT FROM pools WHERE pool_uri = $3) ON CONFLICT DO NOTHING RETURNING pool_id)
INSERT INTO feed (feed, server_id, pool_id)
SELECT $1::text::uuid, coalesce((SELECT server_id FROM c), (SELECT server_id FROM computers WHERE computer = $2)),
	coalesce((SELECT pool_id FROM p), (SELECT pool_id FROM pools WHERE pool_uri = $3))
ON CONFLICT (feed) DO UPDATE SET seen_at = now()

-- name: users
INSERT INTO users (user_uri, user_auth_type)
SELECT t.uri, nullif(max(t.auth), 0)::smallint FROM unnest($1::text[], $2::int[]) AS t(uri, auth)
WHERE t.uri IS NOT NULL AND NOT EXISTS (SELECT FROM users u WHERE u.user_uri = t.uri)
GROUP BY t.uri ORDER BY t.uri
ON CONFLICT (user_uri) DO NOTHING

-- name: clients
INSERT INTO client_versions (version)
SELECT DISTINCT t.version FROM unnest($1::text[]) AS t(version)
WHERE t.version IS NOT NULL AND NOT EXISTS (SELECT FROM client_versions v WHERE v.version = t.version)
ORDER BY t.version
ON CONFLICT (version) DO NOTHING

-- name: mcus
INSERT INTO mcus (mcu_uri, mcu_type)
SELECT t.uri, coalesce(max(t.type), '') FROM unnest($1::text[], $2::text[]) AS t(uri, type)
WHERE t.uri IS NOT NULL AND NOT EXISTS (SELECT FROM mcus m WHERE m.mcu_uri = t.uri)
GROUP BY t.uri ORDER BY t.uri
ON CONFLICT (mcu_uri) DO NOTHING

-- name: dialogs
INSERT INTO dialogs (session_id_time, external_id)
SELECT min(t.begin_at), t.session
FROM feed f, unnest($2::bigint[], $3::text[], $4::timestamptz[]) AS t(number, session, begin_at)
WHERE f.feed = $1::text::uuid AND t.number > f.last_number
	AND NOT EXISTS (SELECT FROM dialogs d WHERE d.external_id = t.session)
GROUP BY t.session
ON CONFLICT (external_id) DO NOTHING

-- name: sessions
-- Of several records of one session the last says it all.
WITH s AS (
	INSERT INTO session_details AS o (session_id_time, session_id_seq, user1_id, user2_id, target_user_id,
		session_started_by_id, server_id, pool_id, user1_client_version_id, user2_client_version_id,
		user1_endpoint_id, user2_endpoint_id, is_user1_internal, is_user2_internal, invite_time, response_time,
		response_code, diagnostic_id, session_end_time, end_cause, user1_message_count, user2_message_count)
	SELECT DISTINCT ON (d.session_id_time, d.session_id_seq) d.session_id_time, d.session_id_seq, u1.user_id, u2.user_id,
		ut.user_id, u1.user_id, f.server_id, f.pool_id, v1.version_id, v2.version_id, t.endpoint1, t.endpoint2,
		t.where1 = 1, t.where2 = 1, t.begin_at, t.since_at, t.response, t.diag,
		CASE WHEN t.cause IS NOT NULL THEN t.at END, t.cause, coalesce(t.messages1, 0), coalesce(t.messages2, 0)
	FROM feed f, unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::text[],
		$8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::int[], $15::int[],
		$16::int[], $17::int[], $18::int[], $19::int[], $20::text[])
		AS t(number, session, begin_at, at, since_at, user1, user2, target, endpoint1, endpoint2, client1, client2,
			where1, where2, response, diag, messages1, messages2, cause)
		JOIN dialogs d ON d.external_id = t.session
		JOIN users u1 ON u1.user_uri = t.user1
		LEFT JOIN users u2 ON u2.user_uri = t.user2
		LEFT JOIN users ut ON ut.user_uri = t.target
		LEFT JOIN client_versions v1 ON v1.version = t.client1
		LEFT JOIN client_versions v2 ON v2.version = t.client2
	WHERE f.feed = $1::text::uuid AND t.number > f.last_number
	ORDER BY d.session_id_time, d.session_id_seq, t.number DESC
	ON CONFLICT (session_id_time, session_id_seq) DO UPDATE SET session_end_time = excluded.session_end_time,
		end_cause = excluded.end_cause, response_code = excluded.response_code,
		response_time = excluded.response_time, user2_id = coalesce(excluded.user2_id, o.user2_id),
		user1_message_count = greatest(o.user1_message_count, excluded.user1_message_count),
		user2_message_count = greatest(o.user2_message_count, excluded.user2_message_count)
	RETURNING session_id_time, session_id_seq, response_time, session_end_time, response_code
)
INSERT INTO media (session_id_time, session_id_seq, media_id, start_time, end_time)
SELECT session_id_time, session_id_seq, 1, response_time, session_end_time FROM s
WHERE response_time IS NOT NULL AND response_code BETWEEN 200 AND 299
ON CONFLICT (session_id_time, session_id_seq, media_id, start_time) DO UPDATE SET end_time = excluded.end_time

-- name: conferences
-- Any record of a meeting makes its row.
INSERT INTO conferences AS o (session_id_time, conf_instance, conference_uri, conference_start_time,
	conference_end_time, end_cause, server_id, pool_id, organizer_id)
SELECT min(t.begin_at), t.session::uuid, max(t.uri), min(t.begin_at), max(t.at) FILTER (WHERE t.cause IS NOT NULL),
	max(t.cause), max(f.server_id), max(f.pool_id), max(u.user_id)
FROM feed f, unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[])
	AS t(number, session, begin_at, at, uri, cause)
	LEFT JOIN users u ON u.user_uri = split_part(t.uri, ';', 1)
WHERE f.feed = $1::text::uuid AND t.number > f.last_number
GROUP BY t.session
ON CONFLICT (conf_instance) DO UPDATE SET conference_end_time = excluded.conference_end_time,
	end_cause = excluded.end_cause
WHERE excluded.conference_end_time IS NOT NULL

-- name: focus
INSERT INTO focus_joins_and_leaves AS o (session_id_time, session_id_seq, user_id, focus_user_instance,
	is_user_internal, user_role, user_join_time, user_leave_time, client_ver_id)
SELECT DISTINCT ON (c.session_id_time, c.session_id_seq, u.user_id, t.endpoint, t.since_at) c.session_id_time,
	c.session_id_seq, u.user_id, t.endpoint, t.place = 1, t.role::smallint, t.since_at, t.left_at, v.version_id
FROM feed f, unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
	$9::int[], $10::int[])
	AS t(number, session, since_at, left_at, "user", endpoint, client, place, role)
	JOIN conferences c ON c.conf_instance = t.session::uuid
	JOIN users u ON u.user_uri = t."user"
	LEFT JOIN client_versions v ON v.version = t.client
WHERE f.feed = $1::text::uuid AND t.number > f.last_number
ORDER BY c.session_id_time, c.session_id_seq, u.user_id, t.endpoint, t.since_at, t.number DESC
ON CONFLICT (session_id_time, session_id_seq, user_id, focus_user_instance, user_join_time) DO UPDATE
SET user_leave_time = excluded.user_leave_time, user_role = coalesce(excluded.user_role, o.user_role),
	client_ver_id = coalesce(excluded.client_ver_id, o.client_ver_id)

-- name: mcu
INSERT INTO mcu_joins_and_leaves AS o (session_id_time, session_id_seq, mcu_id, user_id, mcu_user_instance,
	user_join_time, user_leave_time)
SELECT DISTINCT ON (c.session_id_time, c.session_id_seq, m.mcu_id, u.user_id, t.endpoint, t.since_at) c.session_id_time,
	c.session_id_seq, m.mcu_id, u.user_id, t.endpoint, t.since_at, t.left_at
FROM feed f, unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])
	AS t(number, session, since_at, left_at, "user", endpoint, mcu)
	JOIN conferences c ON c.conf_instance = t.session::uuid
	JOIN users u ON u.user_uri = t."user"
	JOIN mcus m ON m.mcu_uri = t.mcu
WHERE f.feed = $1::text::uuid AND t.number > f.last_number
ORDER BY c.session_id_time, c.session_id_seq, m.mcu_id, u.user_id, t.endpoint, t.since_at, t.number DESC
ON CONFLICT (session_id_time, session_id_seq, mcu_id, user_id, mcu_user_instance, user_join_time) DO UPDATE
SET user_leave_time = excluded.user_leave_time

-- name: messages
INSERT INTO conference_message_count AS o (session_id_time, session_id_seq, user_id, message_count)
SELECT c.session_id_time, c.session_id_seq, u.user_id, sum(t.messages)
FROM feed f, unnest($2::bigint[], $3::text[], $4::text[], $5::int[]) AS t(number, session, "user", messages)
	JOIN conferences c ON c.conf_instance = t.session::uuid
	JOIN users u ON u.user_uri = t."user"
WHERE f.feed = $1::text::uuid AND t.number > f.last_number
GROUP BY c.session_id_time, c.session_id_seq, u.user_id
ON CONFLICT (session_id_time, session_id_seq, user_id) DO UPDATE SET message_count = o.message_count + excluded.message_count

-- name: close
-- A meeting that is over has nobody in it, whatever was lost.
WITH c AS (
	SELECT DISTINCT c.session_id_time, c.session_id_seq, c.conference_end_time
	FROM feed f, unnest($2::bigint[], $3::text[]) AS t(number, session)
		JOIN conferences c ON c.conf_instance = t.session::uuid
	WHERE f.feed = $1::text::uuid AND t.number > f.last_number
), gone AS (
	UPDATE mcu_joins_and_leaves j SET user_leave_time = c.conference_end_time FROM c
	WHERE j.session_id_time = c.session_id_time AND j.session_id_seq = c.session_id_seq AND j.user_leave_time IS NULL
)
UPDATE focus_joins_and_leaves j SET user_leave_time = c.conference_end_time FROM c
WHERE j.session_id_time = c.session_id_time AND j.session_id_seq = c.session_id_seq AND j.user_leave_time IS NULL

-- name: taken
UPDATE feed SET last_number = greatest(last_number, $2::bigint) WHERE feed = $1::text::uuid

-- name: forget
DELETE FROM feed WHERE seen_at < $1::timestamptz
