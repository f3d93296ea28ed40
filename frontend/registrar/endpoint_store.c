/* Endpoints in rtcdyn: written behind (or before the answer, conf->registration_write), read once
 * at start. */
#include "base/clock.h"
#include "base/mem.h"
#include "frontend/registrar/registrar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t transports[PLY_SIP_N_PROTO] = {
	[PLY_SIP_UDP] = PLY_RTCDYN_UDP,
	[PLY_SIP_TCP] = PLY_RTCDYN_TCP,
	[PLY_SIP_TLS] = PLY_RTCDYN_TLS,
};

/* What has no column: methods as eight digits, a blank, the From tag. */
enum { DATA_MAX = 9 + 256 };

static void read_data(struct ply_slice data, uint32_t *methods, struct ply_slice *from_tag)
{
	struct ply_slice word, rest = data;

	*methods = UINT32_MAX;
	*from_tag = data;
	if (ply_slice_split(&rest, ' ', &word) && word.len == 8 && rest.p) {
		char text[9];

		(void)ply_slice_copy(word, text, sizeof text);
		*methods = (uint32_t)strtoul(text, NULL, 16);
		*from_tag = rest;
	}
}

int fe_endpoint_store(const struct fe_endpoint *e, fe_stored_cb *cb, void *ctx)
{
	struct fe *fe = e->user->fe;
	uint64_t left = e->expires_ms - ply_mono_ms(), now = ply_wall_ms();
	char addr[PLY_ADDR_MAX], path[PLY_ADDR_MAX + 8], data[DATA_MAX];
	struct ply_rtcdyn_endpoint row = {
		.user_id = e->user->id,
		.key = ply_slice_str(e->key),
		.uri = ply_slice_str(e->user->aor),
		.epid = ply_slice_str(e->epid),
		.instance = ply_slice_str(e->instance),
		.gruu = ply_slice_str(e->gruu_id),
		.contact = ply_slice_str(e->contact),
		.user_agent = ply_slice_str(e->user_agent),
		.fe = ply_slice_str(fe->fqdn),
		.call_id = ply_slice_str(e->call_id),
		.transport = transports[e->hop.proto],
		.flow = e->hop.proto == PLY_SIP_UDP ? PLY_RTCDYN_FLOW_OUT : PLY_RTCDYN_FLOW_KEPT,
		.cseq = e->cseq,
		.supported = e->flags,
		.expires_ms = now + left,
		.last_active_ms = now,
	};

	(void)snprintf(data, sizeof data, "%08x %s", e->methods, e->from_tag);
	(void)snprintf(path, sizeof path, "%u %s", e->hop.listener,
		       ply_addr_format(&e->hop.addr, addr));
	row.path = ply_slice_str(path);
	row.data = ply_slice_str(data);
	return ply_rtcdyn_endpoint_put(fe->rtcdyn, &row, cb, ctx);
}

void fe_endpoint_unstore(const struct fe_endpoint *e)
{
	(void)ply_rtcdyn_endpoint_delete(e->user->fe->rtcdyn, e->user->id, ply_slice_str(e->key),
					 NULL, NULL);
}

/* A row of the last life whose user is being loaded. */
struct revival {
	struct fe *fe;
	struct fe_binding b;
	char *text[5]; /* what the slices of b point to */
	uint64_t until_ms;
};

static void revival_free(struct revival *v)
{
	for (size_t i = 0; i < ARRAY_LEN(v->text); i++)
		ply_free(v->text[i]);
	ply_free(v);
}

static void revive(void *ctx, int r, struct fe_user *u)
{
	struct revival *v = ctx;
	struct fe_endpoint *e;
	uint64_t now = ply_wall_ms();
	bool added;

	if (!r && (u->flags & PLY_RTC_ENABLED) && !(u->flags & PLY_RTC_LOCKED) &&
	    v->until_ms > now + 1000 && !fe_endpoint_by_key(u, fe_binding_key(&v->b))) {
		v->b.expires = (uint32_t)((v->until_ms - now) / 1000);
		(void)fe_endpoint_bind(u, &v->b, &e, &added);
	}
	revival_free(v);
}

static struct ply_slice keep(struct revival *v, size_t i, struct ply_slice s)
{
	v->text[i] = ply_slice_dup(s);
	return ply_slice_str(v->text[i] ? v->text[i] : "");
}

static bool read_path(struct ply_slice path, struct ply_sip_hop *hop)
{
	struct ply_slice listener;
	uint32_t n;

	*hop = (struct ply_sip_hop){.proto = PLY_SIP_UDP};
	if (!ply_slice_split(&path, ' ', &listener) || !ply_slice_to_u32(listener, &n) || n > 255)
		return false;
	hop->listener = (uint8_t)n;
	return !ply_addr_parse(&hop->addr, path, 5060);
}

static void restore_row(struct fe *fe, const struct ply_rtcdyn_endpoint *row)
{
	struct revival *v = ply_calloc(1, sizeof *v);
	struct ply_slice from_tag;

	if (!v || !read_path(row->path, &v->b.hop)) {
		ply_free(v);
		return;
	}
	v->fe = fe;
	v->until_ms = row->expires_ms;
	v->b.contact = keep(v, 0, row->contact);
	v->b.epid = keep(v, 1, row->epid);
	v->b.user_agent = keep(v, 2, row->user_agent);
	v->b.call_id = keep(v, 3, row->call_id);
	read_data(row->data, &v->b.methods, &from_tag);
	v->b.from_tag = keep(v, 4, from_tag);
	v->b.cseq = row->cseq;
	v->b.flags = row->supported;
	(void)ply_slice_copy(row->instance, v->b.instance, sizeof v->b.instance);
	(void)ply_slice_copy(row->gruu, v->b.gruu_id, sizeof v->b.gruu_id);
	if (fe_user_load(fe, row->uri, revive, v, NULL))
		revival_free(v);
}

static void restored(void *ctx, int r, const struct ply_rtcdyn_endpoint *row, size_t n, bool more)
{
	struct fe *fe = ctx;
	unsigned udp = 0;

	if (r) {
		ply_warn(&fe->log, "endpoints.unread", KI("err", r));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		/* A connection died with the process that held it; its client registers anew. */
		if (row[i].flow == PLY_RTCDYN_FLOW_OUT) {
			restore_row(fe, &row[i]);
			udp++;
		} else {
			(void)ply_rtcdyn_endpoint_delete(fe->rtcdyn, row[i].user_id, row[i].key,
							 NULL, NULL);
		}
	}
	if (!more)
		ply_info(&fe->log, "endpoints.restored", KI("kept", udp), KI("rows", n));
}

int fe_endpoint_restore(struct fe *fe)
{
	return ply_rtcdyn_endpoint_load(fe->rtcdyn, ply_slice_str(fe->fqdn), restored, fe);
}
