#include "base/conf_internal.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>

struct unit {
	const char *name;
	uint32_t factor;
};

/* Largest first: the printer takes the first that divides. */
static const struct unit secs[] = {{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}, {NULL, 0}};
static const struct unit size[] = {{"MiB", 1048576}, {"KiB", 1024}, {"", 1}, {NULL, 0}};

void *ply_conf_field(const struct ply_conf_item *item, void *conf)
{
	return (char *)conf + item->offset;
}

bool ply_conf_is_text(const struct ply_conf_item *item)
{
	return item->type == PLY_CONF_STR || item->type == PLY_CONF_PATH ||
	       item->type == PLY_CONF_LIST || item->type == PLY_CONF_ADDR;
}

static uint32_t most(const struct ply_conf_item *item)
{
	return item->min || item->max ? item->max : UINT32_MAX;
}

static void add_united(struct ply_strbuf *out, const struct unit *u, uint32_t v)
{
	while (u[1].name && (!v || v % u->factor))
		u++;
	ply_strbuf_addf(out, "%u%s", v / u->factor, u->name);
}

static void add_number(struct ply_strbuf *out, const struct ply_conf_item *item, uint32_t v)
{
	if (item->type == PLY_CONF_SECS)
		add_united(out, secs, v);
	else if (item->type == PLY_CONF_SIZE)
		add_united(out, size, v);
	else
		ply_strbuf_addf(out, "%u", v);
}

static void add_range(struct ply_strbuf *out, const struct ply_conf_item *item)
{
	if (!item->min && !item->max)
		return;
	ply_strbuf_adds(out, " from ");
	add_number(out, item, item->min);
	ply_strbuf_adds(out, " to ");
	add_number(out, item, item->max);
}

static void add_choices(struct ply_strbuf *out, const char *choices)
{
	struct ply_slice rest = ply_slice_str(choices), c;
	const char *sep = "";

	while (ply_slice_split(&rest, '|', &c)) {
		ply_strbuf_adds(out, sep);
		ply_strbuf_add_slice(out, c);
		sep = rest.p && ply_slice_chr(rest, '|') == SIZE_MAX ? " or " : ", ";
	}
}

void ply_conf_expected(const struct ply_conf_item *item, struct ply_strbuf *out)
{
	switch (item->type) {
	case PLY_CONF_STR:
		ply_strbuf_adds(out, "a text");
		break;
	case PLY_CONF_PATH:
		ply_strbuf_adds(out, "a path");
		break;
	case PLY_CONF_LIST:
		ply_strbuf_adds(out, "a list, such as a,b");
		break;
	case PLY_CONF_ADDR:
		ply_strbuf_adds(out, "an address and port, such as 0.0.0.0:5061 or [::]:5061");
		break;
	case PLY_CONF_BOOL:
		ply_strbuf_adds(out, "yes or no");
		break;
	case PLY_CONF_UINT:
		ply_strbuf_adds(out, "a whole number");
		add_range(out, item);
		break;
	case PLY_CONF_SECS:
		ply_strbuf_adds(out, "a time");
		add_range(out, item);
		ply_strbuf_adds(out, ", such as 30s, 5m, 2h, 1d");
		break;
	case PLY_CONF_SIZE:
		ply_strbuf_adds(out, "a size");
		add_range(out, item);
		ply_strbuf_adds(out, ", such as 64KiB, 1MiB");
		break;
	case PLY_CONF_ENUM:
		add_choices(out, item->choices);
		break;
	}
}

static bool parse_bool(struct ply_slice v, bool *out)
{
	static const char *const yes[] = {"yes", "on", "true"}, *const no[] = {"no", "off",
									       "false"};

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (ply_slice_is(v, yes[i]) || ply_slice_is(v, no[i])) {
			*out = ply_slice_is(v, yes[i]);
			return true;
		}
	}
	return false;
}

static bool parse_number(const struct ply_conf_item *item, struct ply_slice v, uint32_t *out)
{
	const struct unit *u = item->type == PLY_CONF_SECS ? secs : size;
	size_t digits = 0;
	uint64_t n, factor = 1;

	while (digits < v.len && v.p[digits] >= '0' && v.p[digits] <= '9')
		digits++;
	if (!ply_slice_to_u64(ply_slice_sub(v, 0, digits), UINT32_MAX, &n))
		return false;
	v = ply_slice_from(v, digits);
	if (v.len) {
		if (item->type == PLY_CONF_UINT)
			return false;
		while (u->name && !ply_slice_is(v, u->name))
			u++;
		if (!u->name)
			return false;
		factor = u->factor;
	}
	n *= factor; /* both below 2^32 */
	if (n < item->min || n > most(item))
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool parse_choice(const char *choices, struct ply_slice v, uint32_t *out)
{
	struct ply_slice rest = ply_slice_str(choices), c;

	for (*out = 0; ply_slice_split(&rest, '|', &c); ++*out)
		if (ply_slice_eq(c, v))
			return true;
	return false;
}

/* "host:port" or "[v6]:port". Whether the host exists is for whoever listens. */
static bool addr_ok(struct ply_slice v)
{
	size_t colon = v.len;
	struct ply_slice host;
	uint32_t port;

	while (colon && v.p[colon - 1] != ':')
		colon--;
	if (!colon || !ply_slice_to_u32(ply_slice_from(v, colon), &port) || port > 65535)
		return false;
	host = ply_slice_sub(v, 0, colon - 1);
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		return strspn(host.p + 1, "0123456789abcdefABCDEF:.%") >= host.len - 2;
	for (size_t i = 0; i < host.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_",
			    host.p[i]))
			return false;
	return host.len != 0;
}

static void add_list(struct ply_strbuf *out, struct ply_slice v)
{
	struct ply_slice t;

	while (ply_slice_split(&v, ',', &t)) {
		t = ply_slice_trim(t);
		if (!t.len)
			continue;
		if (out->len)
			ply_strbuf_addc(out, ',');
		ply_strbuf_add_slice(out, t);
	}
}

static int set_text(const struct ply_conf_item *item, char **field, struct ply_slice v,
		    const char *base_dir)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	char *text;

	if (item->type == PLY_CONF_LIST)
		add_list(&b, v);
	else if (item->type == PLY_CONF_PATH && base_dir && v.len && v.p[0] != '/')
		ply_strbuf_addf(&b, "%s/%.*s", base_dir, PLY_SLICE_ARG(v));
	else
		ply_strbuf_add_slice(&b, v);
	text = ply_strbuf_steal(&b);
	if (!text)
		return -ENOMEM;
	ply_free(*field);
	*field = text;
	if (!text[0]) {
		ply_free(text);
		*field = NULL;
	}
	return 0;
}

static bool set_plain(const struct ply_conf_item *item, void *field, struct ply_slice v)
{
	uint32_t n = 0;
	bool ok;

	if (item->type == PLY_CONF_BOOL)
		return parse_bool(v, field);
	if (item->type == PLY_CONF_ENUM)
		ok = parse_choice(item->choices, v, &n);
	else
		ok = parse_number(item, v, &n);
	if (ok)
		memcpy(field, &n, sizeof n);
	return ok;
}

int ply_conf_set(const struct ply_conf_item *item, void *conf, const char *value,
		 const char *base_dir, struct ply_strbuf *err)
{
	void *field = ply_conf_field(item, conf);
	struct ply_slice v = ply_slice_str(value);
	bool ok;

	if (!ply_conf_is_text(item))
		ok = set_plain(item, field, v);
	else if (item->type == PLY_CONF_ADDR && v.len)
		ok = addr_ok(v);
	else
		ok = v.len || !(item->flags & PLY_CONF_REQUIRED);
	if (!ok) {
		ply_strbuf_adds(err, "expected ");
		ply_conf_expected(item, err);
		return -EINVAL;
	}
	return ply_conf_is_text(item) ? set_text(item, field, v, base_dir) : 0;
}

static void add_choice(struct ply_strbuf *out, const char *choices, uint32_t at)
{
	struct ply_slice rest = ply_slice_str(choices), c;

	while (ply_slice_split(&rest, '|', &c))
		if (!at--)
			ply_strbuf_add_slice(out, c);
}

void ply_conf_print_value(const struct ply_conf_item *item, const void *conf,
			  struct ply_strbuf *out)
{
	const char *field = (const char *)conf + item->offset;
	const char *text;
	uint32_t n;
	bool b;

	if (ply_conf_is_text(item)) {
		memcpy(&text, field, sizeof text);
		if (text)
			ply_strbuf_adds(out, item->flags & PLY_CONF_SECRET ? "********" : text);
	} else if (item->type == PLY_CONF_BOOL) {
		memcpy(&b, field, sizeof b);
		ply_strbuf_adds(out, b ? "yes" : "no");
	} else {
		memcpy(&n, field, sizeof n);
		if (item->type == PLY_CONF_ENUM)
			add_choice(out, item->choices, n);
		else
			add_number(out, item, n);
	}
}
