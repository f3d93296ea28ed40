#include "sip/sip_uri_eq.h"

#include "base/ascii.h"

/* The next character of an escaped text; *plain false for an escaped one that RFC 3261 keeps apart
 * (reserved characters are not equal to their escapes). */
static bool next(struct ply_slice *s, unsigned char *c, bool *plain)
{
	if (!s->len || !s->p)
		return false;
	*plain = true;
	*c = (unsigned char)s->p[0];
	if (*c == '%' && s->len >= 3 && ply_ascii_hex2(s->p + 1) >= 0) {
		*c = (unsigned char)(ply_ascii_hex2(s->p + 1));
		*plain = !strchr(";/?:@&=+$,%", *c);
		*s = ply_slice_from(*s, 3);
	} else {
		*s = ply_slice_from(*s, 1);
	}
	return true;
}

static bool same_escaped(struct ply_slice a, struct ply_slice b, bool nocase)
{
	unsigned char x = 0, y = 0;
	bool px, py;

	for (;;) {
		bool more = next(&a, &x, &px);

		if (more != next(&b, &y, &py))
			return false;
		if (!more)
			return true;
		if (nocase) {
			x = (unsigned char)ply_ascii_lower((char)x);
			y = (unsigned char)ply_ascii_lower((char)y);
		}
		if (x != y || px != py)
			return false;
	}
}

/* A tel number without visual separators (RFC 3966 §5). */
static bool next_digit(struct ply_slice *s, char *c)
{
	while (s->len) {
		*c = s->p[0];
		*s = ply_slice_from(*s, 1);
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c + 32);
		if (!strchr("-.()", *c))
			return true;
	}
	return false;
}

static bool same_number(struct ply_slice a, struct ply_slice b)
{
	char x = 0, y = 0;

	for (;;) {
		bool more = next_digit(&a, &x);

		if (more != next_digit(&b, &y) || (more && x != y))
			return false;
		if (!more)
			return true;
	}
}

/* Where one side has the parameter and the other has not, these still make a difference. */
static bool must_be_in_both(struct ply_slice name)
{
	static const char *const names[] = {"user", "ttl", "method", "maddr", "transport"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (ply_slice_caseis(name, names[i]))
			return true;
	return false;
}

static bool find(struct ply_slice params, struct ply_slice name, struct ply_slice *value)
{
	struct ply_slice one;

	while (ply_slice_split(&params, ';', &one)) {
		size_t eq = ply_slice_chr(one, '=');
		struct ply_slice n = ply_slice_sub(one, 0, eq == SIZE_MAX ? one.len : eq);

		if (n.len && same_escaped(n, name, true)) {
			*value = ply_slice_from(one, n.len + 1);
			return true;
		}
	}
	return false;
}

/* Every parameter of a is in b with the same value, or may be missing there. */
static bool params_agree(struct ply_slice a, struct ply_slice b, bool all)
{
	struct ply_slice one;

	while (ply_slice_split(&a, ';', &one)) {
		size_t eq = ply_slice_chr(one, '=');
		struct ply_slice name = ply_slice_sub(one, 0, eq == SIZE_MAX ? one.len : eq);
		struct ply_slice value = ply_slice_from(one, name.len + 1), other;

		if (!name.len)
			continue;
		if (find(b, name, &other)) {
			if (!same_escaped(value, other, true))
				return false;
		} else if (all || must_be_in_both(name)) {
			return false;
		}
	}
	return true;
}

bool ply_sip_uri_eq(const struct ply_sip_uri *a, const struct ply_sip_uri *b)
{
	if (a->sips != b->sips || a->tel != b->tel)
		return false;
	if (a->tel)
		return same_number(a->user.len ? a->user : a->host,
				   b->user.len ? b->user : b->host) &&
		       params_agree(a->params, b->params, true) &&
		       params_agree(b->params, a->params, true);
	return !a->user.p == !b->user.p && same_escaped(a->user, b->user, false) &&
	       ply_slice_caseeq(a->host, b->host) && a->port == b->port &&
	       params_agree(a->params, b->params, false) &&
	       params_agree(b->params, a->params, false) &&
	       ply_slice_caseeq(a->headers, b->headers);
}
