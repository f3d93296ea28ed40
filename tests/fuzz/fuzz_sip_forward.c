/* A message through all that a proxy does with it: Via on receipt, checks, routes, both ways on,
 * where the answer goes, trace filter. */
#include "sip/sip_forward.h"
#include "sip/sip_trace.h"
#include "sip/sip_transport_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_us(const void *ctx, struct ply_slice host, uint32_t port)
{
	(void)ctx;
	return port == 5061 || ply_slice_caseis(host, "fe.example.com");
}

static void forward(struct ply_sip_msg *m, const struct ply_sip_hop *from)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;
	char loop[PLY_SIP_LOOP_HASH];
	struct ply_sip_fwd_verdict v;
	struct ply_sip_fwd_route route;
	const struct ply_sip_fwd_to to = {.sent_by = ply_slice_str("SIP/2.0/TLS fe.example.com"),
					  .branch = "z9hG4bKx"};
	struct ply_slice rest = ply_sip_hdr(m, PLY_HDR_VIA), value;
	bool rport;

	if (ply_sip_next_value(&rest, &value) && !ply_sip_via_receive(&out, value, from, &rport))
		(void)ply_sip_msg_set_top_via(m, ply_strbuf_slice(&out));
	ply_strbuf_reset(&out);
	ply_sip_fwd_loop_hash(m, loop);
	ply_sip_fwd_validate(m, NULL, loop, &v);
	if (!ply_sip_fwd_route(m, is_us, NULL, &route))
		(void)ply_sip_fwd_request(&out, m, &route, &to);
	ply_strbuf_deinit(&out);
}

static void back(struct ply_sip_msg *m)
{
	struct ply_sip_fwd_best best = {.msg = NULL};
	struct ply_strbuf out = PLY_STRBUF_INIT;

	(void)ply_sip_fwd_response(&out, m, ply_slice(NULL, 0));
	ply_sip_fwd_best_add(&best, m, m->status);
	ply_sip_fwd_best_add(&best, m, 401);
	ply_strbuf_reset(&out);
	(void)ply_sip_fwd_best_write(&out, &best, ply_slice(NULL, 0));
	ply_sip_fwd_best_deinit(&best);
	ply_strbuf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ply_slice text = {(const char *)data, size};
	const struct ply_sip_hop from = {.proto = PLY_SIP_UDP, .addr = ply_addr_loopback(5060)};
	struct ply_sip_trace_sink sink;
	struct ply_sip_trace tr;
	struct ply_sip_msg *m = NULL;
	struct ply_slice host;
	struct ply_addr addr;

	(void)ply_sip_via_reply_addr(ply_sip_via_first(text), &from, &addr, &host);
	ply_sip_trace_init(&tr);
	(void)ply_sip_trace_add(&tr, &sink, ply_slice_str("alice@example.com"), NULL, NULL);
	(void)ply_sip_trace_matches(&sink, text);
	(void)ply_sip_msg_new(&m, text.p, text.len);
	if (m && m->is_request)
		forward(m, &from);
	else if (m)
		back(m);
	ply_sip_msg_unref(m);
	return 0;
}
