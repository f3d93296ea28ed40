/* How a leg is reached: over the connection its last request came by, or, when that is gone, over a
 * new one to the same Front End, whose name and port its Record-Route says. Legs of one Front End
 * share a way; their copies may go together. */
#include "base/ascii.h"
#include "base/err.h"
#include "base/mem.h"
#include "mcu-im/mim.h"

#include <errno.h>

/* What the Route of a dialog says. */
struct route {
	struct ply_slice host, token;
	uint32_t port;
	bool alike; /* all its values are of one token: no further proxy stands behind */
};

static bool read_route(const struct ply_sip_dialog *d, struct route *out)
{
	struct ply_slice rest = ply_slice_str(d->route), line;

	*out = (struct route){.alike = true};
	while (rest.len && ply_slice_split(&rest, '\n', &line)) {
		struct ply_sip_addr addr;
		struct ply_sip_uri uri;
		size_t colon = ply_slice_chr(line, ':');

		line = ply_slice_trim(line);
		if (!line.len)
			continue;
		if (ply_sip_addr_parse(ply_slice_trim(ply_slice_from(line, colon + 1)), &addr) ||
		    ply_sip_uri_parse(addr.uri, &uri))
			return false;
		if (!out->host.p) {
			out->host = uri.host;
			out->port = uri.port ? uri.port : 5061;
			out->token = uri.user;
		}
		out->alike = out->alike && ply_slice_eq(out->token, uri.user);
	}
	return out->host.len > 0;
}

/* "uri CRLF token CRLF from | to CRLF call-id blank": made once, the CSeq number follows. */
static int make_fan(struct mim_leg *l, struct ply_slice token)
{
	const struct ply_sip_dialog *d = l->dialog;
	struct ply_strbuf fan = PLY_STRBUF_INIT;

	ply_strbuf_addf(&fan, "%s\r\n%.*s\r\n<%s>;tag=%s | <%s>", d->remote_target,
			PLY_SLICE_ARG(token), d->local_uri, d->local_tag, d->remote_uri);
	if (*d->remote_tag)
		ply_strbuf_addf(&fan, ";tag=%s", d->remote_tag);
	if (*d->remote_epid)
		ply_strbuf_addf(&fan, ";epid=%s", d->remote_epid);
	ply_strbuf_addf(&fan, "\r\n%s ", d->call_id);
	ply_free(l->fan);
	l->fan = ply_strbuf_steal(&fan);
	return l->fan ? 0 : ply_err_origin(-ENOMEM);
}

static struct mim_way *find(const struct mim *m, struct ply_slice host, const struct ply_addr *addr)
{
	PLY_LIST_FOR(it, &m->ways) {
		struct mim_way *w = container_of(it, struct mim_way, node);

		if (ply_slice_caseis(host, w->host) && ply_addr_eq(addr, &w->addr))
			return w;
	}
	return NULL;
}

static struct mim_way *make(struct mim *m, struct ply_slice host, const struct ply_addr *addr)
{
	struct mim_way *w = ply_calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->host = ply_slice_dup(host);
	if (!w->host) {
		ply_free(w);
		return NULL;
	}
	w->mim = m;
	w->addr = *addr;
	ply_list_push(&m->ways, &w->node);
	return w;
}

int mim_way_find(struct mim_leg *l)
{
	struct ply_addr addr = l->dialog->hop.addr;
	struct route route;

	if (!read_route(l->dialog, &route))
		return 0; /* no Record-Route: a server without one talks to us directly */
	addr.port = (uint16_t)route.port;
	l->way = find(l->mim, route.host, &addr);
	if (!l->way)
		l->way = make(l->mim, route.host, &addr);
	if (!l->way)
		return ply_err_origin(-ENOMEM);
	l->way->n_leg++;
	return route.alike && route.token.len ? make_fan(l, route.token) : 0;
}

void mim_way_leave(struct mim_leg *l)
{
	struct mim_way *w = l->way;

	l->way = NULL;
	if (!w || --w->n_leg)
		return;
	ply_list_del(&w->node);
	ply_free(w->host);
	ply_free(w);
}

int mim_hop(struct mim_leg *l, struct ply_sip_hop *out)
{
	struct mim *m = l->mim;
	int r;

	if (!ply_sip_flow_is_open(m->transport, l->dialog->hop.flow)) {
		if (!l->way)
			return -ENOTCONN;
		r = ply_sip_connect(m->transport, PLY_SIP_TLS, &l->way->addr, l->way->host,
				    &l->dialog->hop);
		if (r)
			return r;
	}
	*out = l->dialog->hop;
	return 0;
}
