-- Writing registrations, many at once (table endpoint).

-- name: put
INSERT INTO endpoint (user_id, key, uri, epid, instance, gruu, contact, path, user_agent, fe, call_id,
	data, transport, flow, cseq, supported, expires_at, last_active)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
	$7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int[],
	$14::int[], $15::bigint[], $16::bigint[], $17::timestamptz[], $18::timestamptz[])
ON CONFLICT (user_id, key) DO UPDATE SET uri = excluded.uri, epid = excluded.epid,
	instance = excluded.instance, gruu = excluded.gruu, contact = excluded.contact,
	path = excluded.path, user_agent = excluded.user_agent, fe = excluded.fe,
	call_id = excluded.call_id, data = excluded.data, transport = excluded.transport,
	flow = excluded.flow, cseq = excluded.cseq, supported = excluded.supported,
	expires_at = excluded.expires_at, last_active = excluded.last_active

-- name: delete
DELETE FROM endpoint e USING unnest($1::bigint[], $2::text[]) AS t(user_id, key)
WHERE e.user_id = t.user_id AND e.key = t.key

