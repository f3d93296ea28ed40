-- Registrations (table endpoint).

-- name: load
-- The page after (user_id, key).
SELECT user_id, key, uri, epid, instance, gruu, contact, path, user_agent, fe, call_id, data,
	transport, flow, cseq, supported, expires_at, last_active
FROM endpoint
WHERE fe = $1 AND (user_id, key) > ($2::bigint, $3::text) AND expires_at > now()
ORDER BY user_id, key
LIMIT $4::bigint

-- name: purge
DELETE FROM endpoint WHERE fe = $1 AND ($2::timestamptz IS NULL OR expires_at <= $2)
