/* A request with any credentials: the decision, and what would be signed of it. */
#include "sip/sip_auth.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ply_sip_auth *make(void)
{
	static const char *const domains[] = {"lab.example", NULL};
	struct ply_sip_auth_conf conf;
	struct ply_sip_auth *a;

	ply_sip_auth_defaults(&conf);
	conf.fqdn = "fe.lab.example";
	conf.domain = domains;
	conf.max_half_open = 8;
	if (ply_sip_auth_new(&a, &conf))
		abort();
	return a;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ply_sip_hop hop = {.proto = PLY_SIP_TCP, .flow = 1};
	struct ply_sip_auth *a;
	struct ply_sip_auth_try t;
	struct ply_sip_msg *m = NULL;
	struct ply_sig_msg fields;

	if (ply_sip_msg_new(&m, (const char *)data, size) || !m->is_request) {
		ply_sip_msg_unref(m);
		return 0;
	}
	a = make();
	const struct ply_sip_auth_in in = {.msg = m,
					   .hop = &hop,
					   .from_aor = PLY_SLICE_LIT("sip:alice@lab.example"),
					   .from_epid = PLY_SLICE_LIT("cf0b98dadeb9"),
					   .now_ms = 1000};
	enum ply_sip_auth_verdict v = ply_sip_auth_request(a, &in, &t);

	if (v == PLY_SIP_AUTH_ASK)
		v = ply_sip_auth_account(a, &in, NULL, &t);
	if (v == PLY_SIP_AUTH_OK || v == PLY_SIP_AUTH_ASK) /* nobody has an account here */
		abort();
	ply_sip_auth_try_deinit(&t);
	ply_sip_auth_fields(m, &fields);
	ply_sip_msg_unref(m);
	ply_sip_auth_free(a);
	return 0;
}
