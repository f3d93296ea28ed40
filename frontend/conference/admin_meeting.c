#include "frontend/conference/admin_meeting.h"

#include "base/datetime.h"
#include "base/json.h"
#include "base/mem.h"
#include "role/role.h"
#include "sip/sip_gruu.h"

#include <errno.h>

/* --- jobs --- */

struct ply_slice fe_mjob_arg(const struct fe_mjob *j, const char *name, unsigned n)
{
	struct ply_slice rest = ply_slice_str(j->line), word, key;

	while (ply_slice_split(&rest, '\t', &word)) {
		if (!ply_slice_split(&word, '=', &key) || !ply_slice_is(key, name))
			continue;
		if (!n--)
			return word.p ? ply_slice_trim(word) : ply_slice("", 0);
	}
	return ply_slice(NULL, 0);
}

bool fe_mjob_flag(const struct fe_mjob *j, const char *name)
{
	return ply_slice_is(fe_mjob_arg(j, name, 0), "yes");
}

static void job_free(struct fe_mjob *j)
{
	ply_list_del(&j->node);
	fe_wait_cancel(j->wait);
	ply_arena_deinit(&j->mem);
	ply_free(j->line);
	ply_free(j);
}

void fe_mjob_end(struct fe_mjob *j)
{
	struct ply_admin_call *call = j->call;

	job_free(j);
	if (call)
		ply_admin_end(call);
}

void fe_mjob_fail(struct fe_mjob *j, const char *word, const char *text)
{
	if (j->call)
		ply_admin_printf(j->call, "error %s %s", word, text);
	fe_mjob_end(j);
}

void fe_mjob_fail_db(struct fe_mjob *j, int r)
{
	switch (r) {
	case PLY_DB_E_NONE:
		fe_mjob_fail(j, "none", "there is no such meeting");
		return;
	case PLY_RTC_CONF_E_INACTIVE:
		fe_mjob_fail(j, "inactive", "the meeting is not active");
		return;
	default:
		fe_mjob_fail(j, r > 0 ? "refused" : "database",
			     ply_c3p_reason_name(fe_fac_reason_of(r)));
	}
}

bool fe_mjob_aor(struct ply_slice address, char out[PLY_SIP_AOR_MAX])
{
	char text[PLY_SIP_AOR_MAX + 8];
	struct ply_sip_uri u;

	address = ply_slice_trim(address);
	if (address.len >= PLY_SIP_AOR_MAX)
		return false;
	(void)snprintf(text, sizeof text, "%s%.*s",
		       ply_slice_casestarts(address, "sip:") ? "" : "sip:", PLY_SLICE_ARG(address));
	return !ply_sip_uri_parse(ply_slice_str(text), &u) && !u.tel && u.user.len &&
	       !ply_sip_uri_aor(&u, out);
}

/* --- what is printed --- */

static void add_text(struct ply_strbuf *b, bool *first, const char *key, struct ply_slice value)
{
	ply_json_key(b, first, key);
	if (value.p)
		ply_json_string(b, value);
	else
		ply_strbuf_adds(b, "null");
}

static void add_time(struct ply_strbuf *b, bool *first, const char *key, uint64_t wall_ms)
{
	char text[PLY_DATETIME_LEN + 1];

	ply_datetime_text(text, (int64_t)wall_ms);
	add_text(b, first, key, wall_ms ? ply_slice_str(text) : ply_slice(NULL, 0));
}

static void add_number(struct ply_strbuf *b, bool *first, const char *key, uint64_t value)
{
	ply_json_key(b, first, key);
	ply_strbuf_add_u64(b, value);
}

static const char *type_word(uint32_t admission)
{
	switch (admission) {
	case PLY_RTC_CLOSED_AUTHENTICATED:
		return "closed";
	case PLY_RTC_ANONYMOUS:
		return "anonymous";
	default:
		return "open";
	}
}

static void add_conf(struct ply_strbuf *b, bool *first, const struct ply_rtc_conf *c, bool active,
		     uint64_t now_ms)
{
	struct ply_strbuf uri = PLY_STRBUF_INIT;
	char organizer[PLY_SIP_AOR_MAX];

	(void)ply_slice_copy(c->organizer, organizer, sizeof organizer);
	(void)ply_sip_gruu_conf(&uri, organizer, "focus", c->conf_id);
	add_text(b, first, "id", c->conf_id);
	add_text(b, first, "organizer", c->organizer);
	add_text(b, first, "subject", c->subject);
	add_text(b, first, "type", ply_slice_str(type_word(c->admission)));
	add_text(b, first, "state",
		 ply_slice_str(active                    ? "active"
			       : c->expires_ms <= now_ms ? "expired"
							 : "scheduled"));
	add_time(b, first, "expires", c->expires_ms);
	add_text(b, first, "expiry",
		 ply_slice_str(c->expiry_rule == PLY_RTC_EXPIRY_SLIDING ? "sliding" : "fixed"));
	add_text(b, first, "uri", ply_strbuf_slice(&uri));
	ply_strbuf_deinit(&uri);
}

static void print(struct fe_mjob *j, struct ply_strbuf *b)
{
	ply_strbuf_addc(b, '}');
	if (j->call && !ply_strbuf_err(b))
		ply_admin_line(j->call, ply_strbuf_slice(b));
	ply_strbuf_deinit(b);
}

/* --- list --- */

static void list_more(struct fe_mjob *j);

static void print_summary(struct fe_mjob *j, const struct ply_rtc_conf_summary *s)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	bool first = true;

	ply_strbuf_addc(&b, '{');
	add_conf(&b, &first, &s->conf, s->active, j->now_ms);
	add_number(&b, &first, "endpoints", s->n_party);
	add_text(&b, &first, "frontend", s->frontend);
	print(j, &b);
}

static void listed(void *ctx, int r, const struct ply_rtc_conf_summary *s, size_t n, bool more)
{
	struct fe_mjob *j = ctx;

	if (r) {
		fe_mjob_fail_db(j, r);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		j->after = s[i].conf.id;
		if (!j->only_active || s[i].active)
			print_summary(j, &s[i]);
	}
	if (more && n && j->admin && j->call)
		list_more(j);
	else
		fe_mjob_end(j);
}

static void list_more(struct fe_mjob *j)
{
	int r = ply_rtc_conf_list(j->fe->rtc, ply_slice_str(j->organizer), j->after,
				  PLY_RTC_CONF_LIST_MAX, listed, j);

	if (r)
		fe_mjob_fail_db(j, r);
}

static void list(struct fe_mjob *j)
{
	struct ply_slice organizer = fe_mjob_arg(j, "organizer", 0);

	j->only_active = fe_mjob_flag(j, "active");
	if (organizer.p && !fe_mjob_aor(organizer, j->organizer))
		fe_mjob_fail(j, "usage", "the organizer is no SIP address");
	else
		list_more(j);
}

/* --- which meeting: by its address, or by its identifier alone when that is enough --- */

static void find_more(struct fe_mjob *j);

static void searched(void *ctx, int r, const struct ply_rtc_conf_summary *s, size_t n, bool more)
{
	struct fe_mjob *j = ctx;

	if (r || !j->admin || !j->call) {
		fe_mjob_fail_db(j, r ? r : -ECANCELED);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		j->after = s[i].conf.id;
		if (!ply_slice_caseis(s[i].conf.conf_id, j->conf_id))
			continue;
		if (j->found) {
			fe_mjob_fail(j, "several", "several organizers have this identifier");
			return;
		}
		j->found = ply_slice_copy(s[i].conf.organizer, j->organizer, sizeof j->organizer);
	}
	if (more && n)
		find_more(j);
	else if (j->found)
		j->then(j);
	else
		fe_mjob_fail_db(j, PLY_DB_E_NONE);
}

static void find_more(struct fe_mjob *j)
{
	int r = ply_rtc_conf_list(j->fe->rtc, ply_slice_str(""), j->after, PLY_RTC_CONF_LIST_MAX,
				  searched, j);

	if (r)
		fe_mjob_fail_db(j, r);
}

/* "sip:o@d;gruu;opaque=...", as a join link ("meet:sip:...?conf-key=..."), or "ID". */
static void find(struct fe_mjob *j, void (*then)(struct fe_mjob *j))
{
	struct ply_slice what = fe_mjob_arg(j, "meeting", 0);
	struct ply_c3p_uri uri;

	j->then = then;
	if (ply_slice_casestarts(what, "meet:") || ply_slice_casestarts(what, "conf:"))
		what = ply_slice_from(what, 5);
	what = ply_slice_sub(what, 0, ply_slice_chr(what, '?'));
	if (!ply_c3p_uri_parse(&uri, what) && uri.conf_id[0]) {
		memcpy(j->organizer, uri.organizer, strlen(uri.organizer) + 1);
		memcpy(j->conf_id, uri.conf_id, sizeof j->conf_id);
		then(j);
	} else if (what.len && ply_slice_chr(what, ':') == SIZE_MAX &&
		   ply_slice_copy(what, j->conf_id, sizeof j->conf_id)) {
		find_more(j);
	} else {
		fe_mjob_fail(j, "usage", "this is neither a meeting's address nor its identifier");
	}
}

/* --- show --- */

static void print_full(struct fe_mjob *j, const struct ply_rtc_conf_full *c)
{
	struct ply_strbuf b = PLY_STRBUF_INIT, media = PLY_STRBUF_INIT;
	bool first = true;

	ply_strbuf_addc(&b, '{');
	add_conf(&b, &first, &c->conf, c->active != NULL, j->now_ms);
	for (size_t i = 0; i < c->lists.n_mcu; i++)
		ply_strbuf_addf(&media, "%s%.*s", i ? " " : "",
				PLY_SLICE_ARG(c->lists.mcu[i].type));
	add_text(&b, &first, "media", ply_strbuf_slice(&media));
	add_text(&b, &first, "key", ply_slice_str(c->conf.key.len ? "set" : "none"));
	add_time(&b, &first, "created", c->conf.created_ms);
	add_time(&b, &first, "changed", c->conf.updated_ms);
	add_time(&b, &first, "last_begun", c->conf.activated_ms);
	add_number(&b, &first, "version", c->conf.version);
	if (c->active) {
		add_text(&b, &first, "frontend", c->active->frontend);
		add_text(&b, &first, "locked", ply_slice_str(c->active->locked ? "yes" : "no"));
		add_time(&b, &first, "last_join", c->active->last_join_ms);
	}
	ply_strbuf_deinit(&media);
	print(j, &b);
}

static void print_person(struct fe_mjob *j, const char *what, struct ply_slice uri, uint32_t role,
			 const struct ply_rtc_conf_party *party)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	bool first = true;

	ply_strbuf_addc(&b, '{');
	add_text(&b, &first, what, uri);
	add_text(&b, &first, "role",
		 ply_slice_str(role == PLY_RTC_PRESENTER ? "presenter" : "attendee"));
	if (party) {
		add_text(&b, &first, "endpoint", party->endpoint);
		add_time(&b, &first, "joined", party->joined_ms);
	}
	print(j, &b);
}

static void shown(void *ctx, int r, const struct ply_rtc_conf_full *c)
{
	struct fe_mjob *j = ctx;

	if (r) {
		fe_mjob_fail_db(j, r);
		return;
	}
	print_full(j, c);
	for (size_t i = 0; i < c->lists.n_user; i++)
		print_person(j, "invited", c->lists.user[i].uri, c->lists.user[i].role, NULL);
	for (size_t i = 0; i < c->n_party; i++)
		print_person(j, "participant", c->party[i].uri, c->party[i].role, &c->party[i]);
	fe_mjob_end(j);
}

static void show(struct fe_mjob *j)
{
	int r = ply_rtc_conf_load(j->fe->rtc, ply_slice_str(j->organizer),
				  ply_slice_str(j->conf_id), shown, j);

	if (r)
		fe_mjob_fail_db(j, r);
}

/* --- end, delete --- */

static void print_done(struct fe_mjob *j, const char *state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	bool first = true;

	ply_strbuf_addc(&b, '{');
	add_text(&b, &first, "id", ply_slice_str(j->conf_id));
	add_text(&b, &first, "organizer", ply_slice_str(j->organizer));
	add_text(&b, &first, "state", ply_slice_str(state));
	print(j, &b);
	fe_mjob_end(j);
}

static void ended(void *ctx, int r)
{
	struct fe_mjob *j = ctx;

	if (r)
		fe_mjob_fail_db(j, r);
	else
		print_done(j, "ending");
}

/* Through the database, wherever it runs: its Front End hears of it. */
static void end(struct fe_mjob *j)
{
	int r = ply_rtc_conf_end(j->fe->rtc, ply_slice_str(j->organizer), ply_slice_str(j->conf_id),
				 ended, j);

	if (r)
		fe_mjob_fail_db(j, r);
}

static void deleted(void *ctx, int r)
{
	struct fe_mjob *j = ctx;

	if (r) {
		fe_mjob_fail_db(j, r);
		return;
	}
	if (j->admin)
		fe_meeting_deleted(j->fe, j->organizer, ply_slice_str(j->conf_id));
	print_done(j, "deleted");
}

static void delete (struct fe_mjob *j)
{
	int r = ply_rtc_conf_delete(j->fe->rtc, ply_slice_str(j->organizer),
				    ply_slice_str(j->conf_id), deleted, j);

	if (r)
		fe_mjob_fail_db(j, r);
}

/* --- the command --- */

static struct fe_mjob *job_new(struct fe_meeting_admin *a, struct ply_admin_call *call,
			       struct ply_slice args)
{
	struct fe_mjob *j = ply_calloc(1, sizeof *j);

	if (!j)
		return NULL;
	ply_arena_init(&j->mem, 1024);
	j->line = ply_slice_dup(args);
	if (!j->line) {
		ply_free(j);
		return NULL;
	}
	j->admin = a;
	j->fe = a->meetings->fe;
	j->call = call;
	j->now_ms = ply_wall_ms();
	ply_list_push(&a->jobs, &j->node);
	return j;
}

static void run(void *ctx, struct ply_admin_call *call)
{
	struct ply_slice args = ply_admin_args(call), verb = {0};
	struct fe_mjob *j;

	(void)ply_slice_split(&args, '\t', &verb);
	j = job_new(ctx, call, args.p ? args : ply_slice("", 0));
	if (!j) {
		ply_admin_printf(call, "error memory the Front End has no memory left");
		ply_admin_end(call);
		return;
	}
	if (ply_slice_is(verb, "create"))
		fe_mjob_create(j);
	else if (ply_slice_is(verb, "list"))
		list(j);
	else if (ply_slice_is(verb, "show"))
		find(j, show);
	else if (ply_slice_is(verb, "end"))
		find(j, end);
	else if (ply_slice_is(verb, "delete"))
		find(j, delete);
	else
		fe_mjob_fail(j, "usage", "meeting create|list|show|end|delete");
}

static void gone(void *ctx, struct ply_admin_call *call)
{
	struct fe_meeting_admin *a = ctx;

	PLY_LIST_FOR(it, &a->jobs) {
		struct fe_mjob *j = container_of(it, struct fe_mjob, node);

		if (j->call == call)
			j->call = NULL;
	}
}

int fe_meeting_admin_new(struct fe_meetings *m)
{
	static const struct ply_admin_cmd cmd = {
		.name = "meeting",
		.help = "meeting create|list|show|end|delete, then key=value, by tabs: meetings",
		.run = run,
		.gone = gone,
	};
	struct fe_meeting_admin *a = ply_calloc(1, sizeof *a);

	if (!a)
		return -ENOMEM;
	a->meetings = m;
	ply_list_init(&a->jobs);
	m->admin = a;
	return m->role ? ply_admin_register(m->role->admin, &cmd, a) : 0;
}

/* The database still owes the jobs their answers: they go with them. */
void fe_meeting_admin_free(struct fe_meetings *m)
{
	struct fe_meeting_admin *a = m->admin;
	struct ply_list *n;

	if (!a)
		return;
	while ((n = ply_list_first(&a->jobs))) {
		struct fe_mjob *j = container_of(n, struct fe_mjob, node);
		struct ply_admin_call *call = j->call;

		ply_list_del(n);
		j->call = NULL;
		j->admin = NULL;
		if (call) {
			ply_admin_printf(call, "error stopping the Front End stops");
			ply_admin_end(call);
		}
		if (j->wait)
			job_free(j);
	}
	m->admin = NULL;
	ply_free(a);
}
