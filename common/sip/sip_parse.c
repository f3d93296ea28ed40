/* Sofia-SIP's view of a message. Assertions are compiled into the packaged library, so handlers ask
 * for it with messages that our index found no fault in: no NUL and no lone CR in the headers, a
 * Content-Length that says what is there. (The fuzz target shows it the others as well.) */
#include "sip/sip_parse.h"

#include "sip/sip_names.h"
#include "sip/sip_write.h"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

/* Sofia reads the values of a comma-separated header by recursion; its depth is bounded with the
 * size of the headers. */
enum { MAX_HEADERS = 64 * 1024 };

/* Sofia walks its list anew for each value of these: 60 kB of Call-Info took 130 ms. Messages with
 * more of them than anybody needs are shown to it without. */
static const char *const slow[] = {"Call-Info", "Accept-Contact", "Reject-Contact", NULL};
enum { MAX_SLOW = 2048 };

/* Takes sofia_fix.c out of the archive in a static link: see there. */
sip_method_t (*const ply_sip_method_parser)(char **, char const **) = sip_method_d;

/* The default class with the headers of sip_extra.h. Made once, never changed, lives as long as the
 * process. */
static const msg_mclass_t *sip_class(void)
{
	static const msg_mclass_t *class;

	if (!class)
		class = sip_extend_mclass(NULL);
	return class;
}

static const char *bad_header(const sip_t *sip)
{
	for (const msg_error_t *e = sip ? sip->sip_error : NULL; e; e = e->er_next)
		if (e->er_name)
			return e->er_name;
	return NULL;
}

static const char *refusal(const sip_t *sip, bool is_request)
{
	const char *bad = bad_header(sip);

	if (bad)
		return bad;
	if (!sip || !(is_request ? (const void *)sip->sip_request : (const void *)sip->sip_status))
		return is_request ? "Request-Line" : "Status-Line";
	return "message";
}

static bool is_slow(const struct ply_sip_msg *m)
{
	size_t sum = 0;

	if (m->raw.len - m->body.len <= MAX_SLOW)
		return false;
	for (unsigned i = 0; i < m->n_line; i++) {
		struct ply_slice name = m->line[i].name;

		if (m->line[i].id != PLY_HDR_OTHER || m->line[i].value.len < 8)
			continue;
		name = ply_sip_long_name(name);
		for (unsigned k = 0; slow[k]; k++)
			if (ply_slice_caseis(name, slow[k]))
				sum += m->line[i].value.len;
	}
	return sum > MAX_SLOW;
}

static msg_t *make_without_slow(const msg_mclass_t *class, const struct ply_sip_msg *m)
{
	const struct ply_sip_edit e = {.drop_named = slow};
	struct ply_strbuf text = PLY_STRBUF_INIT;
	msg_t *msg = NULL;

	if (!ply_sip_write_edit(&text, m, &e))
		msg = msg_make(class, 0, text.p, (ssize_t)text.len);
	ply_strbuf_deinit(&text);
	return msg;
}

static msg_t *make(const struct ply_sip_msg *m)
{
	const msg_mclass_t *class = sip_class();

	if (!class || m->raw.len - m->body.len > MAX_HEADERS || m->raw.len > INT32_MAX)
		return NULL;
	if (is_slow(m))
		return make_without_slow(class, m);
	return msg_make(class, 0, m->raw.p, (ssize_t)m->raw.len);
}

sip_t const *ply_sip_msg_parse(struct ply_sip_msg *m, const char **why)
{
	sip_t *sip;

	if (why)
		*why = NULL;
	if (!m->sofia)
		m->sofia = make(m);
	sip = m->sofia ? sip_object(m->sofia) : NULL;
	if (sip && !msg_has_error(m->sofia) &&
	    (m->is_request ? !!sip->sip_request : !!sip->sip_status) && sip->sip_from &&
	    sip->sip_to && sip->sip_via && sip->sip_call_id && sip->sip_cseq)
		return sip;
	if (why)
		*why = refusal(sip, m->is_request);
	return NULL;
}

void ply_sip_parse_free(struct ply_sip_msg *m)
{
	if (m->sofia)
		msg_destroy(m->sofia);
	m->sofia = NULL;
}
