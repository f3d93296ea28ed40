/* In-band settings for clients: rows of rtcconfig over the defaults, read at start and whenever one
 * changes, and the user's own: his meeting policy and his Focus Factory. What is not there yet
 * (relay, group expansion) is not announced. */
#include "base/arena.h"
#include "base/mem.h"
#include "frontend/conference/meeting.h"
#include "frontend/presence/pres_internal.h"
#include "presence/provision_xml.h"
#include "sip/sip_gruu.h"

#include <errno.h>

struct fe_provision {
	struct fe *fe;
	struct ply_provision set;
	char *text[32]; /* values in use */
	size_t n_text;
	bool loaded, loading;
};

enum kind { TEXT, FLAG, NUMBER };

struct row {
	const char *class_, *property;
	enum kind kind;
	size_t at;
};

#define SERVER(f) offsetof(struct ply_provision, server.f)
#define UC(f)     offsetof(struct ply_provision, uc.f)
#define USER(f)   offsetof(struct ply_provision, user.f)

/* clang-format off */
static const struct row rows[] = {
	{ "ServerConfiguration", "absInternalServerUrl", TEXT, SERVER(abs_internal_url) },
	{ "ServerConfiguration", "absExternalServerUrl", TEXT, SERVER(abs_external_url) },
	{ "ServerConfiguration", "dlxInternalUrl", TEXT, SERVER(dlx_internal_url) },
	{ "ServerConfiguration", "dlxExternalUrl", TEXT, SERVER(dlx_external_url) },
	{ "ServerConfiguration", "organization", TEXT, SERVER(organization) },
	{ "ServerConfiguration", "consoleDownloadInternalUrl", TEXT, SERVER(console_download_internal_url) },
	{ "ServerConfiguration", "consoleDownloadExternalUrl", TEXT, SERVER(console_download_external_url) },
	{ "ServerConfiguration", "helpdeskInternalUrl", TEXT, SERVER(helpdesk_internal_url) },
	{ "ServerConfiguration", "helpdeskExternalUrl", TEXT, SERVER(helpdesk_external_url) },
	{ "ServerConfiguration", "mrasUri", TEXT, SERVER(mras_uri) },
	{ "ServerConfiguration", "qosUri", TEXT, SERVER(qos_uri) },
	{ "ServerConfiguration", "qosEnabled", FLAG, SERVER(qos_enabled) },
	{ "ServerConfiguration", "ucLocationProfile", TEXT, SERVER(location_profile) },
	{ "ServerConfiguration", "ucPC2PCAVEncryption", TEXT, SERVER(av_encryption) },
	{ "ServerConfiguration", "ucPortRangeEnabled", FLAG, SERVER(port_range_enabled) },
	{ "ServerConfiguration", "ucMinMediaPort", NUMBER, SERVER(min_media_port) },
	{ "ServerConfiguration", "ucMaxMediaPort", NUMBER, SERVER(max_media_port) },
	{ "ServerConfiguration", "ucEnableSIPSecurityMode", TEXT, SERVER(sip_security_mode) },
	{ "ServerConfiguration", "ucEnableUserLogging", FLAG, SERVER(enable_user_logging) },
	{ "ucPolicy", "Name", TEXT, UC(name) },
	{ "ucPolicy", "AllowSimultaneousRinging", FLAG, UC(allow_simultaneous_ringing) },
	{ "ucPolicy", "AllowCallForwarding", FLAG, UC(allow_call_forwarding) },
	{ "ucPolicy", "EnableCallTransfer", FLAG, UC(enable_call_transfer) },
	{ "userSetting", "ucUserLocationProfile", TEXT, USER(location_profile) },
	{ "userSetting", "disableFileTransfer", FLAG, USER(disable_file_transfer) },
};
/* clang-format on */

static const struct ply_provision defaults = {
	.server = {.av_encryption = "SupportEncryption"},
	.uc = {.name = "Default Policy",
	       .allow_simultaneous_ringing = true,
	       .allow_call_forwarding = true,
	       .enable_call_transfer = true},
};

static void forget_texts(struct fe_provision *v)
{
	while (v->n_text)
		ply_free(v->text[--v->n_text]);
}

static void take(struct fe_provision *v, const struct row *row, struct ply_slice value)
{
	char *at = (char *)&v->set + row->at;
	uint32_t n;

	value = ply_slice_trim(value);
	switch (row->kind) {
	case FLAG:
		*(bool *)(void *)at = ply_slice_caseis(value, "true") ||
				      ply_slice_caseis(value, "yes") || ply_slice_is(value, "1");
		break;
	case NUMBER:
		if (ply_slice_to_u32(value, &n))
			*(uint32_t *)(void *)at = n;
		break;
	case TEXT:
		if (v->n_text == ARRAY_LEN(v->text) || !value.len)
			break;
		v->text[v->n_text] = ply_slice_dup(value);
		if (v->text[v->n_text])
			*(const char **)(void *)at = v->text[v->n_text++];
		break;
	}
}

static void take_row(struct fe_provision *v, const struct ply_rtcconfig_setting *s)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (ply_slice_caseis(s->class_, rows[i].class_) &&
		    ply_slice_caseis(s->property, rows[i].property))
			take(v, &rows[i], s->value);
}

/* The pool's settings over the global ones. */
static void read_rows(void *ctx, int r, const struct ply_rtcconfig_setting *s, size_t n)
{
	struct fe_provision *v = ctx;
	char pool[300];

	v->loading = false;
	if (r)
		return;
	forget_texts(v);
	v->set = defaults;
	v->loaded = true;
	(void)snprintf(pool, sizeof pool, "pool:%s", v->fe->pool);
	for (size_t i = 0; i < n; i++)
		if (ply_slice_is(s[i].level, "global"))
			take_row(v, &s[i]);
	for (size_t i = 0; i < n; i++)
		if (ply_slice_caseis(s[i].level, pool))
			take_row(v, &s[i]);
}

static void load(struct fe_provision *v)
{
	struct ply_slice all = ply_slice("", 0);

	if (!v->loading && !ply_rtcconfig_list(v->fe->rtcconfig, all, all, read_rows, v))
		v->loading = true;
}

static void changed(void *ctx, struct ply_slice level, struct ply_slice class_)
{
	struct fe_provision *v = ctx;

	(void)level, (void)class_;
	load(v);
	fe_policies_changed(v->fe); /* rtcconfig tells one listener */
}

int fe_provision_new(struct fe *fe)
{
	struct fe_provision *v = ply_calloc(1, sizeof *v);

	if (!v)
		return -ENOMEM;
	v->fe = fe;
	v->set = defaults;
	fe->presence->provision = v;
	ply_rtcconfig_on_change(fe->rtcconfig, changed, v);
	load(v);
	return 0;
}

void fe_provision_free(struct fe *fe)
{
	struct fe_provision *v = fe->presence->provision;

	if (!v)
		return;
	forget_texts(v);
	ply_free(v);
}

void fe_provision_write(struct fe *fe, const struct fe_user *u, unsigned groups,
			struct ply_strbuf *b)
{
	struct fe_provision *v = fe->presence->provision;
	struct ply_strbuf factory = PLY_STRBUF_INIT;
	struct ply_provision own;

	if (!v->loaded)
		load(v);
	own = v->set;
	fe_policy_provision(fe, u, &own.meeting);
	if (!ply_sip_gruu_conf(&factory, u->aor, "focusfactory", ply_slice("", 0)))
		own.server.focus_factory_uri = ply_strbuf_str(&factory);
	ply_provision_write(b, groups, &own);
	ply_strbuf_deinit(&factory);
}
