-- Pages of call detail records, all texts. The parameters of every statement are the same: $1 from, $2 to, $3 user, $4
-- conference (Focus URI or conference id; null: any), $5-$7 the place to go on from, $8 how many. The first three columns
-- of every row are its place: time in microseconds since 1970, sequence number, the rest of its key.

-- name: summary
WITH w AS (SELECT coalesce($1::timestamptz, '-infinity') AS a, coalesce($2::timestamptz, 'infinity') AS z, $3::text AS who,
	$4::text AS conf, timestamptz 'epoch' + $5::bigint * interval '1 microsecond' AS after_time, $6::bigint AS after_seq,
	$7::text AS after_rest),
l AS (
	(SELECT s.session_id_time AS at, s.session_id_seq::bigint AS seq, 'im' AS kind, u1.user_uri AS who,
		coalesce(u2.user_uri, ut.user_uri) AS whom, s.session_end_time AS ended,
		(s.user1_message_count + s.user2_message_count)::bigint AS messages, 2::bigint AS people,
		coalesce(s.end_cause, 'open') AS state, s.response_code AS code
	FROM w, session_details s JOIN users u1 ON u1.user_id = s.user1_id LEFT JOIN users u2 ON u2.user_id = s.user2_id
		LEFT JOIN users ut ON ut.user_id = s.target_user_id
	WHERE s.session_id_time >= w.a AND s.session_id_time < w.z AND w.conf IS NULL
		AND (w.who IS NULL OR w.who IN (u1.user_uri, u2.user_uri, ut.user_uri))
		AND (s.session_id_time, s.session_id_seq::bigint, 'im') > (w.after_time, w.after_seq, w.after_rest)
	ORDER BY 1, 2 LIMIT $8)
	UNION ALL
	(SELECT c.session_id_time, c.session_id_seq::bigint, 'meeting', o.user_uri, c.conference_uri, c.conference_end_time,
		(SELECT coalesce(sum(m.message_count), 0) FROM conference_message_count m
			WHERE m.session_id_time = c.session_id_time AND m.session_id_seq = c.session_id_seq)::bigint,
		(SELECT count(DISTINCT j.user_id) FROM focus_joins_and_leaves j
			WHERE j.session_id_time = c.session_id_time AND j.session_id_seq = c.session_id_seq),
		coalesce(c.end_cause, 'open'), NULL
	FROM w, conferences c LEFT JOIN users o ON o.user_id = c.organizer_id
	WHERE c.session_id_time >= w.a AND c.session_id_time < w.z
		AND (w.conf IS NULL OR c.conference_uri = w.conf OR c.conference_uri LIKE '%:focus:id:' || w.conf)
		AND (w.who IS NULL OR o.user_uri = w.who OR EXISTS (SELECT FROM focus_joins_and_leaves j
			JOIN users u ON u.user_id = j.user_id WHERE j.session_id_time = c.session_id_time
			AND j.session_id_seq = c.session_id_seq AND u.user_uri = w.who))
		AND (c.session_id_time, c.session_id_seq::bigint, 'meeting') > (w.after_time, w.after_seq, w.after_rest)
	ORDER BY 1, 2 LIMIT $8)
)
SELECT (extract(epoch FROM l.at) * 1000000)::bigint, l.seq, l.kind, to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
	l.kind, l.who, l.whom, to_char(l.ended AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
	round(extract(epoch FROM l.ended - l.at))::bigint::text, l.people::text, l.messages::text, l.code::text, l.state
FROM l ORDER BY l.at, l.seq, l.kind LIMIT $8::bigint

-- name: sessions
WITH w AS (SELECT coalesce($1::timestamptz, '-infinity') AS a, coalesce($2::timestamptz, 'infinity') AS z, $3::text AS who,
	$4::text AS conf, timestamptz 'epoch' + $5::bigint * interval '1 microsecond' AS after_time, $6::bigint AS after_seq,
	$7::text AS after_rest)
SELECT (extract(epoch FROM s.session_id_time) * 1000000)::bigint, s.session_id_seq::bigint, '',
	to_char(s.session_id_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), s.session_id_seq::text,
	d.external_id, u1.user_uri, u2.user_uri, ut.user_uri, s.user1_endpoint_id, s.user2_endpoint_id, v1.version, v2.version,
	to_char(s.response_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), s.response_code::text,
	to_char(s.session_end_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), s.end_cause,
	s.user1_message_count::text, s.user2_message_count::text, k.computer
FROM w, session_details s JOIN dialogs d USING (session_id_time, session_id_seq)
	JOIN users u1 ON u1.user_id = s.user1_id LEFT JOIN users u2 ON u2.user_id = s.user2_id
	LEFT JOIN users ut ON ut.user_id = s.target_user_id
	LEFT JOIN client_versions v1 ON v1.version_id = s.user1_client_version_id
	LEFT JOIN client_versions v2 ON v2.version_id = s.user2_client_version_id
	LEFT JOIN computers k ON k.server_id = s.server_id
WHERE s.session_id_time >= w.a AND s.session_id_time < w.z AND w.conf IS NULL
	AND (w.who IS NULL OR w.who IN (u1.user_uri, u2.user_uri, ut.user_uri))
	AND (s.session_id_time, s.session_id_seq::bigint, '') > (w.after_time, w.after_seq, w.after_rest)
ORDER BY s.session_id_time, s.session_id_seq LIMIT $8::bigint

-- name: conferences
WITH w AS (SELECT coalesce($1::timestamptz, '-infinity') AS a, coalesce($2::timestamptz, 'infinity') AS z, $3::text AS who,
	$4::text AS conf, timestamptz 'epoch' + $5::bigint * interval '1 microsecond' AS after_time, $6::bigint AS after_seq,
	$7::text AS after_rest)
SELECT (extract(epoch FROM c.session_id_time) * 1000000)::bigint, c.session_id_seq::bigint, '',
	to_char(c.session_id_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), c.session_id_seq::text,
	c.conf_instance::text, c.conference_uri, o.user_uri,
	to_char(c.conference_end_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), c.end_cause, k.computer, p.pool_uri
FROM w, conferences c LEFT JOIN users o ON o.user_id = c.organizer_id LEFT JOIN computers k ON k.server_id = c.server_id
	LEFT JOIN pools p ON p.pool_id = c.pool_id
WHERE c.session_id_time >= w.a AND c.session_id_time < w.z AND (w.who IS NULL OR o.user_uri = w.who)
	AND (w.conf IS NULL OR c.conference_uri = w.conf OR c.conference_uri LIKE '%:focus:id:' || w.conf)
	AND (c.session_id_time, c.session_id_seq::bigint, '') > (w.after_time, w.after_seq, w.after_rest)
ORDER BY c.session_id_time, c.session_id_seq LIMIT $8::bigint

-- name: focus
WITH w AS (SELECT coalesce($1::timestamptz, '-infinity') AS a, coalesce($2::timestamptz, 'infinity') AS z, $3::text AS who,
	$4::text AS conf, timestamptz 'epoch' + $5::bigint * interval '1 microsecond' AS after_time, $6::bigint AS after_seq,
	$7::text AS after_rest)
SELECT (extract(epoch FROM c.session_id_time) * 1000000)::bigint, c.session_id_seq::bigint, r.rest,
	to_char(c.session_id_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), c.session_id_seq::text,
	c.conference_uri, u.user_uri, j.focus_user_instance, l.role, t.auth_type, v.version,
	to_char(j.user_join_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
	to_char(j.user_leave_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM w, focus_joins_and_leaves j JOIN conferences c USING (session_id_time, session_id_seq)
	JOIN users u ON u.user_id = j.user_id LEFT JOIN roles l ON l.role_id = j.user_role
	LEFT JOIN user_auth_types t ON t.auth_type_id = u.user_auth_type
	LEFT JOIN client_versions v ON v.version_id = j.client_ver_id
	CROSS JOIN LATERAL (SELECT to_char(j.user_join_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z" ') || u.user_uri
		|| ' ' || j.focus_user_instance COLLATE "C") AS r(rest)
WHERE j.session_id_time >= w.a AND j.session_id_time < w.z AND (w.who IS NULL OR u.user_uri = w.who)
	AND (w.conf IS NULL OR c.conference_uri = w.conf OR c.conference_uri LIKE '%:focus:id:' || w.conf)
	AND (j.session_id_time, j.session_id_seq::bigint) >= (w.after_time, w.after_seq)
	AND (j.session_id_time, j.session_id_seq::bigint, r.rest COLLATE "C") > (w.after_time, w.after_seq, w.after_rest)
ORDER BY j.session_id_time, j.session_id_seq, r.rest COLLATE "C" LIMIT $8::bigint

-- name: mcu
WITH w AS (SELECT coalesce($1::timestamptz, '-infinity') AS a, coalesce($2::timestamptz, 'infinity') AS z, $3::text AS who,
	$4::text AS conf, timestamptz 'epoch' + $5::bigint * interval '1 microsecond' AS after_time, $6::bigint AS after_seq,
	$7::text AS after_rest)
SELECT (extract(epoch FROM c.session_id_time) * 1000000)::bigint, c.session_id_seq::bigint, r.rest,
	to_char(c.session_id_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), c.session_id_seq::text,
	c.conference_uri, m.mcu_type, m.mcu_uri, u.user_uri, j.mcu_user_instance,
	to_char(j.user_join_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
	to_char(j.user_leave_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM w, mcu_joins_and_leaves j JOIN conferences c USING (session_id_time, session_id_seq)
	JOIN users u ON u.user_id = j.user_id JOIN mcus m ON m.mcu_id = j.mcu_id
	CROSS JOIN LATERAL (SELECT to_char(j.user_join_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z" ') || j.mcu_id
		|| ' ' || u.user_uri || ' ' || j.mcu_user_instance COLLATE "C") AS r(rest)
WHERE j.session_id_time >= w.a AND j.session_id_time < w.z AND (w.who IS NULL OR u.user_uri = w.who)
	AND (w.conf IS NULL OR c.conference_uri = w.conf OR c.conference_uri LIKE '%:focus:id:' || w.conf)
	AND (j.session_id_time, j.session_id_seq::bigint) >= (w.after_time, w.after_seq)
	AND (j.session_id_time, j.session_id_seq::bigint, r.rest COLLATE "C") > (w.after_time, w.after_seq, w.after_rest)
ORDER BY j.session_id_time, j.session_id_seq, r.rest COLLATE "C" LIMIT $8::bigint

-- name: messages
WITH w AS (SELECT coalesce($1::timestamptz, '-infinity') AS a, coalesce($2::timestamptz, 'infinity') AS z, $3::text AS who,
	$4::text AS conf, timestamptz 'epoch' + $5::bigint * interval '1 microsecond' AS after_time, $6::bigint AS after_seq,
	$7::text AS after_rest)
SELECT (extract(epoch FROM c.session_id_time) * 1000000)::bigint, c.session_id_seq::bigint, u.user_uri,
	to_char(c.session_id_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), c.session_id_seq::text,
	c.conference_uri, u.user_uri, m.message_count::text
FROM w, conference_message_count m JOIN conferences c USING (session_id_time, session_id_seq)
	JOIN users u ON u.user_id = m.user_id
WHERE m.session_id_time >= w.a AND m.session_id_time < w.z AND (w.who IS NULL OR u.user_uri = w.who)
	AND (w.conf IS NULL OR c.conference_uri = w.conf OR c.conference_uri LIKE '%:focus:id:' || w.conf)
	AND (m.session_id_time, m.session_id_seq::bigint, u.user_uri) > (w.after_time, w.after_seq, w.after_rest)
ORDER BY m.session_id_time, m.session_id_seq, u.user_uri LIMIT $8::bigint
