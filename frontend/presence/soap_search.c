/* directorySearch: people by the beginnings of their attributes, from the directory's rows. */
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

enum { DEFAULT_RESULTS = 100, MOST_RESULTS = 200 };

struct search {
	struct fe_req *q; /* NULL: gone */
};

static void search_drop(struct fe_req *q)
{
	((struct search *)q->stage_ctx)->q = NULL;
}

static void put_rows(struct ply_strbuf *b, const struct ply_rtc_user *u, size_t n, bool more)
{
	struct ply_search_result *row = ply_calloc(n ? n : 1, sizeof *row);

	for (size_t i = 0; row && i < n; i++)
		row[i] = (struct ply_search_result){
			.uri = u[i].uri,
			.display_name = u[i].display_name,
			.title = u[i].title,
			.office = u[i].office,
			.phone = u[i].line_uri.len ? u[i].line_uri : u[i].phone,
			.company = u[i].company,
			.city = u[i].city,
			.country = u[i].country,
			.email = u[i].mail,
		};
	if (row)
		ply_search_result_write(b, row, n, more);
	ply_free(row);
}

static void found(void *ctx, int r, const struct ply_rtc_user *u, size_t n, bool more)
{
	struct search *s = ctx;
	struct fe_req *q = s->q;
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_sip_reply reply = {.status = 200, .content_type = PLY_CT_SOAP};

	ply_free(s);
	if (!q)
		return;
	q->stage_drop = NULL;
	if (r) {
		fe_refuse_err(q, r < 0 ? r : -ETIMEDOUT);
		return;
	}
	put_rows(&b, u, n, more);
	fe_req_reply_body(q, &reply, &b);
}

/* False: no attribute of ours, so nobody is found by it. */
static bool take_row(struct ply_rtc_search *out, const struct ply_search_row *row)
{
	const struct {
		const char *name;
		struct ply_slice *at;
	} attribs[] = {
		{"givenName", &out->given_name},
		{"sn", &out->sn},
		{"mail", &out->mail},
		{"company", &out->company},
		{"c", &out->country},
		{"msRTCSIP-PrimaryUserAddress", &out->uri},
	};

	for (size_t i = 0; i < ARRAY_LEN(attribs); i++)
		if (ply_slice_caseis(row->attrib, attribs[i].name)) {
			*attribs[i].at = row->value;
			return true;
		}
	return false;
}

void fe_soap_search(struct fe_req *q, const struct ply_soap *s)
{
	struct ply_rtc_search want = {.max = s->max_results ? s->max_results : DEFAULT_RESULTS};
	struct search *ctx;
	bool known = s->n_row > 0;
	int r;

	if (want.max > MOST_RESULTS)
		want.max = MOST_RESULTS;
	for (size_t i = 0; i < s->n_row; i++)
		known &= take_row(&want, &s->row[i]);
	if (!known) {
		fe_refuse(q, FE_D_BODY_TEXT, "Nothing to search for");
		return;
	}
	ctx = ply_calloc(1, sizeof *ctx);
	if (!ctx) {
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return;
	}
	ctx->q = q;
	q->stage_ctx = ctx;
	q->stage_drop = search_drop;
	r = ply_rtc_user_search(q->fe->rtc, &want, found, ctx);
	if (r) {
		q->stage_drop = NULL;
		ply_free(ctx);
		fe_refuse_err(q, r);
	}
}
