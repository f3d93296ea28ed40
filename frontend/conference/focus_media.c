/* A client's own way to a conferencing server: the INVITE is let through when its sender is in the
 * Focus and the server expects him ([MS-CONFBAS]: the Focus adds the user on the client's behalf
 * and proxies the INVITE); afterwards both ends follow the dialog's route. */
#include "base/mem.h"
#include "crypto/random.h"
#include "frontend/conference/conference.h"
#include "frontend/conference/mcu.h"

#include <errno.h>

/* An INVITE on its way, from the first look to the forwarding. Lives as stage_ctx of the request.
 */
struct admission {
	struct fe_req *q;
	struct fe_focus *focus;
	char type[PLY_C3P_TYPE_MAX];
	char entity[PLY_UUID_MAX + 2]; /* "{GUID}", the endpoint's name */
	char user[PLY_SIP_AOR_MAX];
};

static void dropped(struct fe_req *q)
{
	struct admission *a = q->stage_ctx;

	q->stage_ctx = NULL;
	q->stage_drop = NULL;
	fe_enlist_forget(a->focus, a);
	ply_free(a);
}

static void refuse(struct admission *a, enum fe_diag why)
{
	fe_refuse(a->q, why, NULL); /* drops a */
}

static enum fe_diag why_not(enum ply_c3p_reason r)
{
	switch (r) {
	case PLY_C3P_R_MAXIMUM_MEETING_SIZE:
		return FE_D_CONF_FULL;
	case PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST:
	case PLY_C3P_R_REQUEST_CANCELLED:
		return FE_D_CONF_ENDING;
	case PLY_C3P_R_UNAUTHORIZED:
	case PLY_C3P_R_FORBIDDEN:
		return FE_D_CONF_UNAUTHORIZED;
	default:
		return FE_D_CONF_NO_MCU;
	}
}

/* He may have left while we waited. */
static struct fe_party *party_of(const struct admission *a)
{
	struct fe_party *p = fe_roster_find(a->focus, ply_slice_str(a->user));

	return p && p->n_focus ? p : NULL;
}

/* --- forwarding --- */

/* A display name as a quoted string (RFC 3261 §25.1). */
static void add_quoted(struct ply_strbuf *b, const char *text)
{
	ply_strbuf_addc(b, '"');
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			continue;
		if (*c == '"' || *c == '\\')
			ply_strbuf_addc(b, '\\');
		ply_strbuf_addc(b, *c);
	}
	ply_strbuf_adds(b, "\" ");
}

static char *identity_lines(const struct fe_party *p, const char *entity)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	ply_strbuf_adds(&b, "P-Asserted-Identity: ");
	if (p->display_name && p->display_name[0])
		add_quoted(&b, p->display_name);
	ply_strbuf_addf(&b, "<%s>\r\nC3P-Endpoint: %s\r\n", p->uri, entity);
	return ply_strbuf_steal(&b);
}

static void forward(struct admission *a, const struct fe_party *p)
{
	struct fe_req *q = a->q;
	const struct fe_enlist *e = fe_enlist_find(a->focus, a->type);
	const struct fe_mcu *s = e && e->ready ? fe_link_of(e)->mcu : NULL;
	struct fe_target t = {.connect = true, .endpoint = FE_MARK_MCU};

	if (!s) {
		refuse(a, FE_D_CONF_NO_MCU);
		return;
	}
	t.hop.proto = PLY_SIP_TLS;
	t.hop.addr = s->addr;
	t.hop.addr.port = s->sip_port;
	t.tls_name = ply_strdup(s->fqdn);
	t.lines = identity_lines(p, a->entity);
	if (!t.tls_name || !t.lines) {
		fe_targets_free(&t, 1);
		refuse(a, FE_D_OVERLOAD);
		return;
	}
	dropped(q); /* nothing of ours waits any more */
	(void)fe_forward(q, &t, 1, false);
}

/* --- the server is told to expect him --- */

static void expected(void *ctx, enum ply_c3p_reason r, const struct ply_c3p_response *rsp)
{
	struct admission *a = ctx;
	const struct fe_party *p;

	(void)rsp;
	if (r) {
		refuse(a, why_not(r));
		return;
	}
	p = party_of(a);
	if (p)
		forward(a, p);
	else
		refuse(a, FE_D_CONF_NOT_JOINED);
}

static void add_user(struct admission *a, const struct fe_party *p)
{
	struct ply_ci_endpoint endpoint = {
		.entity = ply_slice_str(a->entity),
		.session_type = ply_slice_str(a->type),
		.joining = PLY_CI_DIALED_IN,
		.auth = p->auth,
		.access = p->access,
	};
	struct ply_c3p_request req = {
		.cmd = PLY_C3P_ADD_USER,
		.has_user = true,
		.n_user = 1,
		.user = {.entity = ply_slice_str(p->uri),
			 .display_text = ply_slice_str(p->display_name),
			 .role = p->role,
			 .endpoint = &endpoint,
			 .n_endpoint = 1},
	};

	fe_enlist_send(a->focus, a->type, &req, p, expected, a);
}

static void enlisted(void *ctx, enum ply_c3p_reason r, struct fe_enlist *e)
{
	struct admission *a = ctx;
	const struct fe_party *p = r ? NULL : party_of(a);

	(void)e;
	if (r)
		refuse(a, why_not(r));
	else if (p)
		add_user(a, p);
	else
		refuse(a, FE_D_CONF_NOT_JOINED);
}

/* --- the INVITE --- */

static bool is_available(const struct fe_focus *f, const char *type)
{
	struct ply_slice types[16];
	size_t n = fe_mcu_types(f->fe, types, ARRAY_LEN(types));

	if (f->def && fe_meeting_wants_mcu(f->def, type))
		return true;
	for (size_t i = 0; i < n; i++)
		if (ply_slice_is(types[i], type))
			return true;
	return false;
}

static enum fe_verdict admit(struct fe_req *q, struct fe_focus *f, const char *type,
			     const char *user)
{
	struct admission *a = ply_calloc(1, sizeof *a);
	char uuid[PLY_UUID_MAX];

	if (!a)
		return fe_refuse_proxied(q, FE_D_OVERLOAD);
	a->q = q;
	a->focus = f;
	(void)snprintf(a->type, sizeof a->type, "%s", type);
	(void)snprintf(a->user, sizeof a->user, "%s", user);
	(void)snprintf(a->entity, sizeof a->entity, "{%s}", ply_random_uuid(uuid));
	if (fe_enlist_want(f, type, enlisted, a)) {
		ply_free(a);
		return fe_refuse_proxied(q, FE_D_OVERLOAD);
	}
	q->stage_ctx = a;
	q->stage_drop = dropped;
	return FE_WAIT;
}

enum fe_verdict fe_focus_media(struct fe_req *q, const struct ply_c3p_uri *uri)
{
	struct fe_focus *f;
	struct fe_who who;
	const struct fe_party *p;

	if (q->to_tag.len)
		return FE_NEXT;
	if (q->msg->method != PLY_SIP_INVITE)
		return fe_refuse_proxied(q, FE_D_METHOD);
	f = fe_focus_find(q->fe, uri);
	if (!f)
		return fe_refuse_proxied(q, FE_D_CONF_UNKNOWN);
	p = fe_who_of(q, &who) ? fe_roster_find(f, ply_slice_str(who.uri)) : NULL;
	if (!p || !p->n_focus)
		return fe_refuse_proxied(q, FE_D_CONF_NOT_JOINED);
	if (!is_available(f, uri->type))
		return fe_refuse_proxied(q, FE_D_CONF_MCU_URI);
	return admit(q, f, uri->type, p->uri);
}

/* --- in the dialog, and when the way there is lost --- */

bool fe_focus_media_target(const struct fe_req *q, struct fe_target *t)
{
	struct ply_c3p_uri uri;
	struct fe_focus *f;
	struct fe_enlist *e;
	const struct fe_mcu *s;
	struct ply_addr addr;

	if (!q->fe->meetings || !ply_sip_param(q->ruri.params, "gruu", NULL) ||
	    ply_c3p_uri_parse(&uri, q->route.ruri))
		return false;
	f = fe_focus_find(q->fe, &uri);
	e = f ? fe_enlist_find(f, uri.type) : NULL;
	s = e && e->ready ? fe_link_of(e)->mcu : NULL;
	if (!s)
		return false;
	addr = s->addr;
	addr.port = s->sip_port;
	t->endpoint = FE_MARK_MCU;
	return !ply_sip_connect(q->fe->transport, PLY_SIP_TLS, &addr, s->fqdn, &t->hop);
}

void fe_focus_media_failed(struct fe *fe, const struct ply_addr *addr)
{
	if (!fe->meetings || !fe->meetings->factory)
		return;
	PLY_LIST_FOR(it, &fe->meetings->factory->servers) {
		struct fe_mcu *s = container_of(it, struct fe_mcu, in_factory);

		if (s->sip_port == addr->port && ply_addr_eq_ip(&s->addr, addr))
			fe_mcu_suspect(s, "it takes no SIP");
	}
}
