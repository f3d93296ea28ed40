#include "net/dns_hosts.h"

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"

#include <errno.h>
#include <string.h>

enum { MAX_ENTRIES = 10000, TTL = 60 };

struct entry {
	struct ply_hnode node; /* by domain */
	enum ply_dns_type type;
	struct ply_dns_record rec;
	struct entry *next; /* in the file's order */
	char *target;
	char name[]; /* the whole name */
};

struct ply_dns_hosts {
	struct ply_hash by_domain;
	struct entry *first, **last;
	size_t n;
};

/* Without the labels of a service: "_sip._tcp.lab.example" stands for lab.example. */
static struct ply_slice domain_of(struct ply_slice name)
{
	while (name.len && name.p[0] == '_') {
		size_t dot = ply_slice_chr(name, '.');

		name = dot == SIZE_MAX ? ply_slice_from(name, name.len)
				       : ply_slice_from(name, dot + 1);
	}
	return name;
}

static uint64_t hash_of(struct ply_slice name)
{
	struct ply_slice d = domain_of(name);

	return ply_hash_nocase(d.p, d.len);
}

static struct ply_slice undotted(struct ply_slice s)
{
	if (s.len > 1 && s.p[s.len - 1] == '.')
		s.len--;
	return s;
}

static int add(struct ply_dns_hosts *h, enum ply_dns_type type, struct ply_slice name,
	       const struct ply_dns_record *rec, struct ply_slice target)
{
	struct entry *e;

	name = undotted(name);
	if (h->n == MAX_ENTRIES || name.len >= PLY_DNS_NAME_MAX || target.len >= PLY_DNS_NAME_MAX)
		return -E2BIG;
	e = ply_calloc(1, sizeof *e + name.len + 1);
	if (!e)
		return ply_err_origin(-ENOMEM);
	e->type = type;
	e->rec = *rec;
	memcpy(e->name, name.p, name.len);
	if (target.p) {
		e->target = ply_slice_dup(undotted(target));
		if (!e->target) {
			ply_free(e);
			return ply_err_origin(-ENOMEM);
		}
	}
	if (ply_hash_add(&h->by_domain, &e->node, hash_of(name))) {
		ply_free(e->target);
		ply_free(e);
		return ply_err_origin(-ENOMEM);
	}
	*h->last = e;
	h->last = &e->next;
	h->n++;
	return 0;
}

/* The next word of the line; absent at its end. */
static struct ply_slice word(struct ply_slice *rest)
{
	size_t n = 0;
	struct ply_slice w;

	*rest = ply_slice_trim(*rest);
	if (!rest->len)
		return (struct ply_slice){NULL, 0};
	while (n < rest->len && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	w = ply_slice_sub(*rest, 0, n);
	*rest = ply_slice_from(*rest, n);
	return w;
}

static bool number(struct ply_slice *rest, uint16_t *out)
{
	uint32_t v;

	if (!ply_slice_to_u32(word(rest), &v) || v > UINT16_MAX)
		return false;
	*out = (uint16_t)v;
	return true;
}

static int srv_line(struct ply_dns_hosts *h, struct ply_slice rest)
{
	struct ply_dns_record rec = {0};
	struct ply_slice name = word(&rest), target;

	if (!name.len || !number(&rest, &rec.priority) || !number(&rest, &rec.weight) ||
	    !number(&rest, &rec.port))
		return -EINVAL;
	target = word(&rest);
	if (!target.len || word(&rest).p)
		return -EINVAL;
	return add(h, PLY_DNS_SRV, name, &rec, target);
}

static int address_line(struct ply_dns_hosts *h, struct ply_slice ip, struct ply_slice rest)
{
	struct ply_dns_record rec = {0};
	struct ply_slice name = word(&rest);
	int r = name.p ? 0 : -EINVAL;

	if (ply_addr_parse_ip(&rec.addr, ip, 0))
		return -EINVAL;
	for (; !r && name.p; name = word(&rest))
		r = add(h, rec.addr.family == 4 ? PLY_DNS_A : PLY_DNS_AAAA, name, &rec,
			(struct ply_slice){NULL, 0});
	return r;
}

static int parse_line(struct ply_dns_hosts *h, struct ply_slice line)
{
	size_t comment = ply_slice_chr(line, '#');
	struct ply_slice first;

	if (comment != SIZE_MAX)
		line = ply_slice_sub(line, 0, comment);
	first = word(&line);
	if (!first.p)
		return 0;
	if (ply_slice_is(first, "SRV"))
		return srv_line(h, line);
	return address_line(h, first, line);
}

int ply_dns_hosts_parse(struct ply_dns_hosts **out, struct ply_slice text, struct ply_strbuf *err)
{
	struct ply_dns_hosts *h = ply_calloc(1, sizeof *h);
	struct ply_slice line;
	unsigned n = 0;
	int r = 0;

	if (!h)
		return ply_err_origin(-ENOMEM);
	ply_hash_init(&h->by_domain);
	h->last = &h->first;
	while (!r && ply_slice_split(&text, '\n', &line)) {
		n++;
		r = parse_line(h, line);
	}
	if (!r) {
		*out = h;
		return 0;
	}
	ply_dns_hosts_free(h);
	if (r == -ENOMEM)
		return r;
	if (err)
		ply_strbuf_addf(err,
				"line %u: expected \"IP name...\" or \"SRV name priority weight "
				"port target\" (at most %d entries)",
				n, MAX_ENTRIES);
	return ply_err_origin(-EINVAL);
}

void ply_dns_hosts_free(struct ply_dns_hosts *h)
{
	if (!h)
		return;
	for (struct entry *e = h->first, *next; e; e = next) {
		next = e->next;
		ply_free(e->target);
		ply_free(e);
	}
	ply_hash_deinit(&h->by_domain);
	ply_free(h);
}

bool ply_dns_hosts_find(const struct ply_dns_hosts *h, enum ply_dns_type type, const char *name,
			struct ply_dns_reply *out)
{
	struct ply_slice whole = undotted(ply_slice_str(name)), domain = domain_of(whole);
	bool known = false;

	out->n = out->used = 0;
	out->ttl = TTL;
	for (struct ply_hnode *n = ply_hash_first(&h->by_domain, hash_of(whole)); n;
	     n = ply_hash_next(n)) {
		const struct entry *e = container_of(n, struct entry, node);

		known = known || ply_slice_caseeq(domain_of(ply_slice_str(e->name)), domain);
	}
	if (!known)
		return false;
	/* In the file's order: the hash gives none. */
	for (const struct entry *e = h->first; e; e = e->next)
		if (e->type == type && ply_slice_caseeq(ply_slice_str(e->name), whole))
			(void)ply_dns_reply_add(out, &e->rec, e->target);
	out->status = out->n ? 0 : -ENOENT;
	return true;
}
