#include "mcu/mcu.h"

#include "base/err.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "mcu/mcu_c3p.h"
#include "mcu/mcu_conf.h"

#include <errno.h>

static int copy_setup(struct ply_mcu *m, const struct ply_mcu_setup *s)
{
	m->type = ply_strdup(s->type);
	m->fqdn = ply_strdup(s->fqdn);
	m->version = ply_strdup(s->version);
	m->address = ply_strdup(s->address ? s->address : "");
	m->trusted = ply_strdup(s->trusted ? s->trusted : "");
	m->max_conferences = s->max_conferences;
	m->max_endpoints = s->max_endpoints;
	m->tls_client = s->tls_client;
	return m->type && m->fqdn && m->version && m->address && m->trusted
		       ? 0
		       : ply_err_origin(-ENOMEM);
}

/* Once the C3P listener has its port. */
static int make_urls(struct ply_mcu *m, const struct ply_mcu_setup *s)
{
	struct ply_strbuf url = PLY_STRBUF_INIT, sip = PLY_STRBUF_INIT;

	ply_strbuf_addf(&url, "https://%s:%u/c3p", m->fqdn, ply_mcu_c3p_port(m));
	ply_strbuf_addf(&sip, "sip:%s:%u;transport=tls", m->fqdn, s->sip_port);
	m->url = ply_strbuf_steal(&url);
	m->sip = ply_strbuf_steal(&sip);
	return m->url && m->sip ? 0 : ply_err_origin(-ENOMEM);
}

int ply_mcu_new(struct ply_mcu **out, struct ply_loop *loop, const struct ply_log *log,
		const struct ply_mcu_setup *setup, const struct ply_mcu_ops *ops, void *ctx)
{
	struct ply_mcu *m = ply_calloc(1, sizeof *m);
	int r;

	*out = NULL;
	if (!m)
		return ply_err_origin(-ENOMEM);
	m->loop = loop;
	m->ops = ops;
	m->ctx = ctx;
	ply_log_init(&m->log, log);
	ply_hash_init(&m->confs);
	ply_list_init(&m->fronts);
	(void)ply_random_hex(m->instance, sizeof m->instance - 1);
	r = copy_setup(m, setup);
	if (!r)
		r = ply_mcu_lease_open(m, setup);
	if (!r)
		r = ply_mcu_c3p_open(m, setup);
	if (!r)
		r = make_urls(m, setup);
	if (r) {
		ply_mcu_free(m);
		return r;
	}
	ply_mcu_lease_start(m);
	*out = m;
	return 0;
}

static void end_conf(struct ply_hnode *n, void *ctx)
{
	(void)ctx;
	ply_mcu_conf_free(container_of(n, struct ply_mcu_conf, by_key), "this server ends");
}

void ply_mcu_free(struct ply_mcu *m)
{
	if (!m)
		return;
	ply_mcu_c3p_close(m);
	ply_hash_each(&m->confs, end_conf, NULL);
	ply_mcu_lease_close(m);
	ply_hash_deinit(&m->confs);
	ply_free(m->type);
	ply_free(m->fqdn);
	ply_free(m->version);
	ply_free(m->address);
	ply_free(m->trusted);
	ply_free(m->url);
	ply_free(m->sip);
	ply_free(m);
}

void ply_mcu_drain(struct ply_mcu *m)
{
	m->draining = true;
	ply_mcu_lease_beat(m);
}

bool ply_mcu_is_draining(const struct ply_mcu *m)
{
	return m->draining;
}

unsigned ply_mcu_n_conf(const struct ply_mcu *m)
{
	return (unsigned)m->confs.n;
}

unsigned ply_mcu_n_leg(const struct ply_mcu *m)
{
	return m->n_leg;
}

bool ply_mcu_trusts(const struct ply_mcu *m, const char *name)
{
	struct ply_slice rest = ply_slice_str(m->trusted), one;

	PLY_LIST_FOR(it, &m->fronts)
		if (ply_slice_caseis(ply_slice_str(name),
				     container_of(it, struct ply_mcu_front, node)->host))
			return true;
	while (rest.len && ply_slice_split(&rest, ',', &one))
		if (ply_slice_caseis(ply_slice_trim(one), name))
			return true;
	return false;
}

unsigned ply_mcu_n_known(const struct ply_mcu *m, unsigned *n_all)
{
	unsigned n = 0;

	*n_all = 0;
	PLY_LIST_FOR(it, &m->fronts) {
		n += container_of(it, struct ply_mcu_front, node)->known;
		++*n_all;
	}
	return n;
}

struct ply_mcu_conf *ply_mcu_conf_find(const struct ply_mcu *m, struct ply_slice uri)
{
	struct ply_c3p_uri id;

	return ply_c3p_uri_parse(&id, uri) ? NULL : ply_mcu_conf_by_id(m, &id);
}

const char *ply_mcu_conf_uri(const struct ply_mcu_conf *c)
{
	return c->uri;
}

void *ply_mcu_conf_data(const struct ply_mcu_conf *c)
{
	return c->data;
}

bool ply_mcu_conf_is_locked(const struct ply_mcu_conf *c)
{
	return c->locked;
}

struct ply_mcu_leg *ply_mcu_leg_find(const struct ply_mcu_conf *c, struct ply_slice user,
				     struct ply_slice endpoint)
{
	const struct ply_mcu_user *u = ply_mcu_roster_user(&c->roster, user);

	return u ? ply_mcu_user_leg(u, endpoint) : NULL;
}
