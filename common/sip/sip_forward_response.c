/* Responses on their way back through a proxy: RFC 3261 §16.7. */
#include "sip/sip_forward.h"

#include <errno.h>

/* Lower is better. 6xx is the callee's last word; then the class; within 4xx what helps the caller
 * to ask again; 503 speaks of a hop and not of the callee, so it comes after all else. */
static unsigned rank(unsigned status)
{
	static const unsigned helpful[] = {401, 407, 415, 420, 484};

	if (status >= 600)
		return status - 600;
	if (status == 503)
		return 9000;
	for (size_t i = 0; i < ARRAY_LEN(helpful); i++)
		if (status == helpful[i])
			return 4000 + (unsigned)i;
	/* A branch that was never answered, or that we cancelled, knows least of its class. */
	if (status == 408 || status == 487)
		return 4998 + (status == 487);
	return status / 100 * 1000 + 10 + status % 100;
}

bool ply_sip_fwd_better(unsigned a, unsigned b)
{
	return !b || rank(a) < rank(b);
}

static void collect(struct ply_sip_fwd_best *best, const struct ply_sip_msg *m)
{
	static const uint8_t ids[] = {PLY_HDR_WWW_AUTHENTICATE, PLY_HDR_PROXY_AUTHENTICATE};
	struct ply_slice value;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		enum ply_sip_hdr id = (enum ply_sip_hdr)ids[i];
		unsigned pos = 0;

		while (ply_sip_hdr_next(m, id, &pos, &value))
			(void)ply_sip_add_line(&best->challenges, ply_sip_hdr_name(id), value);
	}
	best->n_challenged++;
}

void ply_sip_fwd_best_add(struct ply_sip_fwd_best *best, struct ply_sip_msg *m, unsigned status)
{
	if (m && (status == 401 || status == 407))
		collect(best, m);
	if (!ply_sip_fwd_better(status, best->status))
		return;
	ply_sip_msg_unref(best->msg);
	best->msg = m ? ply_sip_msg_ref(m) : NULL;
	best->status = status;
}

void ply_sip_fwd_best_deinit(struct ply_sip_fwd_best *best)
{
	ply_sip_msg_unref(best->msg);
	ply_strbuf_deinit(&best->challenges);
	*best = (struct ply_sip_fwd_best){.msg = NULL};
}

unsigned ply_sip_fwd_best_status(const struct ply_sip_fwd_best *best)
{
	if (!best->status)
		return 408;
	return best->status == 503 ? 500 : best->status;
}

/* A 503 of the next hop would make the caller avoid us: it goes on as 500 (step 6). The start line
 * is the first one of the text. */
static void make_500(struct ply_strbuf *out, size_t at)
{
	static const char was[] = "SIP/2.0 503", is[] = "SIP/2.0 500";

	if (out->len - at >= sizeof was - 1 && !memcmp(out->p + at, was, sizeof was - 1))
		memcpy(out->p + at, is, sizeof is - 1);
}

/* Is there a Via below ours? */
static bool has_next_hop(const struct ply_sip_msg *rsp)
{
	struct ply_slice line, value;
	unsigned pos = 0;

	if (!ply_sip_hdr_next(rsp, PLY_HDR_VIA, &pos, &line))
		return false;
	if (pos < rsp->n_line && rsp->line[pos].id == PLY_HDR_VIA)
		return true;
	if (!ply_sip_next_value(&line, &value)) /* ours */
		return false;
	return ply_sip_next_value(&line, &value) || ply_sip_hdr_next(rsp, PLY_HDR_VIA, &pos, &line);
}

static int write_back(struct ply_strbuf *out, const struct ply_sip_msg *rsp, uint64_t drop,
		      struct ply_slice tail)
{
	const struct ply_sip_edit e = {.pop_via = true, .drop = drop, .tail = tail};

	return has_next_hop(rsp) ? ply_sip_write_edit(out, rsp, &e) : -EBADMSG;
}

int ply_sip_fwd_best_write(struct ply_strbuf *out, const struct ply_sip_fwd_best *best,
			   struct ply_slice tail)
{
	const uint64_t challenges =
		PLY_HDR_BIT(PLY_HDR_WWW_AUTHENTICATE) | PLY_HDR_BIT(PLY_HDR_PROXY_AUTHENTICATE);
	struct ply_strbuf all = PLY_STRBUF_INIT;
	size_t at = out->len;
	bool merge = best->n_challenged > 1 && (best->status == 401 || best->status == 407);
	int r;

	if (!best->msg)
		return -ENOENT;
	if (merge) {
		ply_strbuf_add_slice(&all, ply_strbuf_slice(&best->challenges));
		if (tail.len)
			ply_strbuf_add_slice(&all, tail);
		tail = ply_strbuf_slice(&all);
	}
	r = ply_strbuf_err(&all);
	if (!r)
		r = write_back(out, best->msg, merge ? challenges : 0, tail);
	if (!r)
		make_500(out, at);
	ply_strbuf_deinit(&all);
	return r;
}

int ply_sip_fwd_response(struct ply_strbuf *out, const struct ply_sip_msg *rsp,
			 struct ply_slice tail)
{
	return write_back(out, rsp, 0, tail);
}
