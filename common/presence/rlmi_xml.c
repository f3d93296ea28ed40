#include "presence/rlmi_xml.h"

#include "presence/pres_internal.h"

#include <stdio.h>

enum { ID_LEN = 272, BOUNDARY_LEN = 32 };

static const char *const state_names[] = {
	[PLY_RLMI_ACTIVE] = "active",
	[PLY_RLMI_PENDING] = "pending",
	[PLY_RLMI_TERMINATED] = "terminated",
	[PLY_RLMI_RESUBSCRIBE] = "resubscribe",
};

/* What differs between the two. */
static const struct dialect {
	const char *root_id;    /* as the Content-ID field has it */
	const char *root_start; /* as the start parameter has it */
	const char *id_open, *id_close;
	bool address_ids; /* part ids are the addresses, as OCS clients are used to */
	bool empty_line;  /* after the content: a client cuts four bytes off each part */
} dialects[] = {
	[PLY_RLMI_MS] = {"resourceList", "resourceList", "", "", true, true},
	[PLY_RLMI_RFC] = {"<list@presence>", "\"<list@presence>\"", "<", ">", false, false},
};

static bool plain(struct ply_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !strchr("@.-_", c))
			return false;
	}
	return s.len && s.len < ID_LEN;
}

static void part_id(char *id, const struct dialect *d, const struct ply_rlmi_item *i, size_t k)
{
	struct ply_slice bare = ply_pres_bare_uri(i->uri);

	if (!d->address_ids || !plain(bare) || !ply_slice_copy(bare, id, ID_LEN))
		snprintf(id, ID_LEN, "%zu@presence", k + 1);
}

static bool attached(const struct ply_rlmi_item *i)
{
	return i->state == PLY_RLMI_ACTIVE && i->body.len;
}

/* Content is the users' own: the boundary must not stand in it. */
static void choose_boundary(char *boundary, const struct ply_rlmi_list *l)
{
	for (unsigned try = 0;; try++) {
		size_t i = 0;

		snprintf(boundary, BOUNDARY_LEN, try ? "----=_part%u" : "----=_part", try);
		while (i < l->n && ply_slice_find(l->item[i].body, boundary) == SIZE_MAX &&
		       ply_slice_find(l->item[i].uri, boundary) == SIZE_MAX)
			i++;
		if (i == l->n && ply_slice_find(l->uri, boundary) == SIZE_MAX)
			return;
	}
}

static void put_head(struct ply_strbuf *b, const char *boundary, const char *id_open,
		     const char *id, const char *id_close, struct ply_slice type)
{
	ply_strbuf_addf(b,
			"--%s\r\nContent-Transfer-Encoding: binary\r\n"
			"Content-ID: %s%s%s\r\nContent-Type: %.*s\r\n\r\n",
			boundary, id_open, id, id_close, PLY_SLICE_ARG(type));
}

static void put_tail(struct ply_strbuf *b, const struct dialect *d)
{
	ply_strbuf_adds(b, d->empty_line ? "\r\n\r\n" : "\r\n");
}

static void put_instance(struct ply_xmlw *w, const struct dialect *d, const struct ply_rlmi_item *i,
			 size_t k)
{
	char id[ID_LEN];

	ply_xmlw_open(w, "resource");
	ply_xmlw_attr_slice(w, "uri", i->uri);
	ply_xmlw_open(w, "instance");
	ply_xmlw_attr(w, "id", "0");
	ply_xmlw_attr(w, "state", state_names[i->state]);
	if (attached(i)) {
		part_id(id, d, i, k);
		ply_xmlw_attr(w, "cid", id);
	}
	ply_xmlw_some_attr(w, "reason", i->reason);
	if (i->state == PLY_RLMI_RESUBSCRIBE)
		ply_xmlw_some_attr(w, "poolFqdn", i->pool_fqdn);
	ply_xmlw_close(w);
	ply_xmlw_close(w);
}

static void put_list(struct ply_strbuf *b, const struct dialect *d, const struct ply_rlmi_list *l)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "list");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_RLMI);
	ply_xmlw_attr_slice(&w, "uri", l->uri);
	ply_xmlw_attr_u64(&w, "version", l->version);
	ply_xmlw_attr_bool(&w, "fullState", l->full_state);
	for (size_t k = 0; k < l->n; k++)
		put_instance(&w, d, &l->item[k], k);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}

void ply_rlmi_write(struct ply_strbuf *b, struct ply_strbuf *type, const struct ply_rlmi_list *l)
{
	const struct dialect *d = &dialects[l->dialect];
	char boundary[BOUNDARY_LEN], id[ID_LEN];

	choose_boundary(boundary, l);
	ply_strbuf_addf(type, "multipart/related;type=\"" PLY_CT_RLMI "\";start=%s;boundary=\"%s\"",
			d->root_start, boundary);
	put_head(b, boundary, "", d->root_id, "", ply_slice_str(PLY_CT_RLMI));
	put_list(b, d, l);
	put_tail(b, d);
	for (size_t k = 0; k < l->n; k++) {
		if (!attached(&l->item[k]))
			continue;
		part_id(id, d, &l->item[k], k);
		put_head(b, boundary, d->id_open, id, d->id_close, l->item[k].content_type);
		ply_strbuf_add_slice(b, l->item[k].body);
		put_tail(b, d);
	}
	ply_strbuf_addf(b, "--%s--\r\n", boundary);
}
