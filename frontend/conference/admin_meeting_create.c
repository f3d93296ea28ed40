/* "meeting create": what the organizer's client would ask of the Focus Factory, by the same rules.
 */
#include "base/datetime.h"
#include "base/json.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "frontend/conference/admin_meeting.h"
#include "sip/sip_gruu.h"

#include <errno.h>

enum { ID_LEN = 12, KEY_LEN = 12, MAX_LISTED = 1000 };

/* Letters and digits that are not taken for each other. */
static struct ply_slice random_word(struct ply_arena *mem, size_t len)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	char *word = ply_arena_alloc(mem, len + 1);

	for (size_t i = 0; word && i < len; i++)
		word[i] = letters[ply_random_below(sizeof letters - 1)];
	return ply_slice(word, word ? len : 0);
}

static void add(struct ply_strbuf *b, bool *first, const char *key, struct ply_slice value)
{
	ply_json_key(b, first, key);
	ply_json_string(b, value);
}

/* The join link keeps its "?" as it is: SIPE takes no "%" (sipe-client.md §14.7). The key is said
 * here and never again. */
static void print(struct fe_mjob *j)
{
	struct ply_strbuf b = PLY_STRBUF_INIT, uri = PLY_STRBUF_INIT, link = PLY_STRBUF_INIT;
	char expires[PLY_DATETIME_LEN + 1];
	const struct fe_draft *d = &j->draft;
	bool first = true;

	(void)ply_sip_gruu_conf(&uri, j->organizer, "focus", d->conf_id);
	ply_strbuf_addf(&link, "meet:%s", ply_strbuf_str(&uri));
	if (d->key.len)
		ply_strbuf_addf(&link, "?conf-key=%.*s", PLY_SLICE_ARG(d->key));
	ply_datetime_text(expires, (int64_t)d->expires_ms);
	ply_strbuf_addc(&b, '{');
	add(&b, &first, "id", d->conf_id);
	add(&b, &first, "organizer", ply_slice_str(j->organizer));
	add(&b, &first, "uri", ply_strbuf_slice(&uri));
	add(&b, &first, "link", ply_strbuf_slice(&link));
	if (d->key.len)
		add(&b, &first, "key", d->key);
	add(&b, &first, "expires", ply_slice_str(expires));
	ply_strbuf_addc(&b, '}');
	if (j->call)
		ply_admin_line(j->call, ply_strbuf_slice(&b));
	ply_secret_wipe(b.p, b.len);
	ply_secret_wipe(link.p, link.len);
	ply_strbuf_deinit(&b);
	ply_strbuf_deinit(&uri);
	ply_strbuf_deinit(&link);
}

static void added(void *ctx, int r, int64_t id)
{
	struct fe_mjob *j = ctx;

	if (r) {
		fe_mjob_fail_db(j, r);
		return;
	}
	if (j->admin)
		ply_info(&j->fe->meetings->log, "meeting.scheduled", KSL("conf", j->draft.conf_id),
			 KS("organizer", j->organizer), KI("id", id),
			 KS("type", ply_ci_admission_name(j->draft.admission)),
			 KI("users", (int64_t)j->draft.n_user));
	print(j);
	fe_mjob_end(j);
}

static bool add_users(struct fe_mjob *j, struct ply_ci *ci, const char *arg, enum ply_ci_role role)
{
	char aor[PLY_SIP_AOR_MAX];
	struct ply_slice s;

	for (unsigned i = 0; (s = fe_mjob_arg(j, arg, i)).p; i++) {
		if (ci->n_user == MAX_LISTED || !fe_mjob_aor(s, aor))
			return false;
		ci->user[ci->n_user++] = (struct ply_ci_user){
			.entity = ply_slice_str(ply_arena_copy(&j->mem, aor, strlen(aor))),
			.role = role,
		};
	}
	return true;
}

static enum ply_ci_admission admission_of(struct ply_slice word)
{
	if (ply_slice_is(word, "closed"))
		return PLY_CI_CLOSED;
	return ply_slice_is(word, "anonymous") ? PLY_CI_ANONYMOUS
	       : ply_slice_is(word, "open")    ? PLY_CI_OPEN
					       : PLY_CI_ADMISSION_NONE;
}

/* Text, and what is escaped in documents as well. */
static void describe(struct fe_mjob *j, struct ply_ci_description *d)
{
	struct ply_slice type = fe_mjob_arg(j, "type", 0);
	int64_t expires = 0;

	(void)ply_datetime_read(fe_mjob_arg(j, "expires", 0), &expires);
	*d = (struct ply_ci_description){
		.there = true,
		.subject = fe_mjob_arg(j, "subject", 0),
		.conference_id = random_word(&j->mem, ID_LEN),
		.says_admission = type.p != NULL,
		.admission = admission_of(type),
		.expiry_ms = expires,
		.recurring = fe_mjob_flag(j, "recurring"),
	};
	if (d->admission == PLY_CI_ANONYMOUS)
		d->conference_key = random_word(&j->mem, KEY_LEN);
}

/* Group chat, and every medium there is a server for now that the policy allows. */
static void want_media(struct fe_mjob *j, const struct fe_meeting_policy *policy, struct ply_ci *ci)
{
	struct ply_slice live[PLY_C3P_MAX_MCU_TYPES];
	size_t n = fe_mcu_types(j->fe, live, ARRAY_LEN(live));

	ci->view[ci->n_view++].entity = ply_slice_str("chat");
	for (size_t i = 0; i < n; i++)
		if (!ply_slice_is(live[i], "chat") && fe_policy_allows_type(policy, live[i]))
			ci->view[ci->n_view++].entity = live[i];
}

static int store(struct fe_mjob *j)
{
	struct ply_strbuf sealed = PLY_STRBUF_INIT;
	struct ply_rtc_conf_lists lists;
	struct ply_rtc_conf conf;
	char guid[PLY_UUID_MAX];
	int r = 0;

	if (j->draft.key.len) /* its bytes end with a NUL: random_word */
		r = fe_meeting_key_seal(j->fe, j->draft.key.p, &sealed);
	fe_draft_record(&j->draft, j->organizer, ply_strbuf_slice(&sealed), j->now_ms, &conf,
			&lists);
	conf.guid = ply_slice_str(ply_random_uuid(guid));
	if (!r)
		r = ply_rtc_conf_add(j->fe->rtc, &conf, &lists,
				     fe_meeting_times(j->fe)->max_per_user, added, j);
	ply_strbuf_deinit(&sealed);
	return r;
}

static void make(struct fe_mjob *j, const struct fe_user *u)
{
	struct ply_ci_view view[PLY_C3P_MAX_MCU_TYPES + 1] = {{.says_locked = false}};
	struct ply_ci ci = {.view = view};
	struct fe_meeting_policy policy;
	const struct fe_draft_rules rules = {j->organizer, &policy, fe_meeting_times(j->fe),
					     j->now_ms, NULL};
	enum ply_c3p_reason reason;
	int r;

	fe_policy_of(j->fe, u, &policy);
	ci.user = ply_arena_alloc(&j->mem, MAX_LISTED * sizeof *ci.user);
	if (!ci.user) {
		fe_mjob_fail_db(j, -ENOMEM);
		return;
	}
	describe(j, &ci.description);
	want_media(j, &policy, &ci);
	if (!add_users(j, &ci, "presenter", PLY_CI_PRESENTER) ||
	    !add_users(j, &ci, "attendee", PLY_CI_ATTENDEE)) {
		fe_mjob_fail(j, "usage", "a presenter or attendee is no SIP address");
		return;
	}
	reason = fe_draft_check(&ci, &rules, &j->mem, &j->draft);
	if (reason) {
		fe_mjob_fail(j, "refused", ply_c3p_reason_name(reason));
		return;
	}
	r = store(j);
	if (r)
		fe_mjob_fail_db(j, r);
}

static void loaded(void *ctx, int r, struct fe_user *u)
{
	struct fe_mjob *j = ctx;

	j->wait = NULL;
	if (r == FE_USER_E_UNKNOWN)
		fe_mjob_fail(j, "user", "there is no such user");
	else if (r)
		fe_mjob_fail_db(j, r);
	else if (!(u->flags & PLY_RTC_ENABLED) || (u->flags & PLY_RTC_LOCKED))
		fe_mjob_fail(j, "user", "the user is disabled or locked");
	else
		make(j, u);
}

void fe_mjob_create(struct fe_mjob *j)
{
	int r;

	if (!fe_mjob_aor(fe_mjob_arg(j, "organizer", 0), j->organizer)) {
		fe_mjob_fail(j, "usage", "the organizer is no SIP address");
		return;
	}
	r = fe_user_load(j->fe, ply_slice_str(j->organizer), loaded, j, &j->wait);
	if (r)
		fe_mjob_fail_db(j, r);
}
