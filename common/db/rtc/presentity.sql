-- Everything durable of the presentities named: one statement a table, all in one round trip.

-- name: user
SELECT u.id, u.uri, u.login, u.display_name, u.mail, u.line_uri, u.home_pool, u.given_name, u.sn,
	u.title, u.department, u.company, u.office, u.phone, u.city, u.country,
	u.meeting_policy,
	u.enabled::int + 2 * u.locked::int + 4 * u.remote::int + 8 * u.federation::int + 16 * u.pic::int,
	coalesce(s.delta, 1)
FROM resource u LEFT JOIN contact_state s ON s.user_id = u.id
WHERE u.uri = ANY($1::text[])
ORDER BY u.uri

-- name: container
SELECT u.id, c.id, c.version
FROM resource u JOIN container c ON c.user_id = u.id
WHERE u.uri = ANY($1::text[])
ORDER BY u.uri, c.id

-- name: member
SELECT u.id, m.container_id, m.type, m.value
FROM resource u JOIN container_member m ON m.user_id = u.id
WHERE u.uri = ANY($1::text[])
ORDER BY u.uri, m.container_id, m.type, m.value

-- name: pub
SELECT u.id, p.category, p.instance, p.container_id, p.version, p.expire_type, p.expires_at,
	p.published_at, p.body
FROM resource u JOIN publication p ON p.user_id = u.id
WHERE u.uri = ANY($1::text[]) AND (p.expires_at IS NULL OR p.expires_at > now())
ORDER BY u.uri, p.category, p.instance, p.container_id

-- name: subscriber
SELECT u.id, s.watcher, s.display_name, s.acknowledged
FROM resource u JOIN subscriber s ON s.user_id = u.id
WHERE u.uri = ANY($1::text[])
ORDER BY u.uri, s.watcher

-- name: group
SELECT u.id, g.id, g.name, g.external_uri
FROM resource u JOIN contact_group g ON g.user_id = u.id
WHERE u.uri = ANY($1::text[])
ORDER BY u.uri, g.id

-- name: contact
SELECT u.id, c.uri, c.name, c.groups, c.subscribed, c.external_uri, c.extension
FROM resource u JOIN contact c ON c.user_id = u.id
WHERE u.uri = ANY($1::text[])
ORDER BY u.uri, c.uri
