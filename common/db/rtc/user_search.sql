-- Many users at once.

-- name: list
SELECT u.id, u.uri, u.login, u.display_name, u.mail, u.line_uri, u.home_pool, u.given_name, u.sn,
	u.title, u.department, u.company, u.office, u.phone, u.city, u.country,
	u.meeting_policy,
	u.enabled::int + 2 * u.locked::int + 4 * u.remote::int + 8 * u.federation::int + 16 * u.pic::int
FROM resource u
WHERE u.uri > $1
ORDER BY u.uri
LIMIT $2::bigint

-- name: search
-- Patterns have LIKE's special characters escaped and % at the end; null: any.
SELECT u.id, u.uri, u.login, u.display_name, u.mail, u.line_uri, u.home_pool, u.given_name, u.sn,
	u.title, u.department, u.company, u.office, u.phone, u.city, u.country,
	u.meeting_policy,
	u.enabled::int + 2 * u.locked::int + 4 * u.remote::int + 8 * u.federation::int + 16 * u.pic::int
FROM resource u
WHERE u.enabled
	AND ($1::text IS NULL OR lower(u.given_name) LIKE lower($1))
	AND ($2::text IS NULL OR lower(u.sn) LIKE lower($2))
	AND ($3::text IS NULL OR lower(u.mail) LIKE lower($3))
	AND ($4::text IS NULL OR lower(u.company) LIKE lower($4))
	AND ($5::text IS NULL OR lower(u.country) LIKE lower($5))
	AND ($6::text IS NULL OR u.uri LIKE lower($6))
ORDER BY u.uri
LIMIT $7::bigint

