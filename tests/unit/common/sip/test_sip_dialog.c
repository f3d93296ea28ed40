#include "tests/lib/unit.h"

#include "base/mem.h"
#include "base/ply.h"
#include "sip/sip_dialog.h"

#include <errno.h>
#include <string.h>

#define HEAD                                                                                       \
	"SUBSCRIBE sip:alice@lab.example SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5070\r\n"           \
	"From: \"Al\" <sip:alice@lab.example>;tag=ft;epid=cf0b98\r\nTo: "                          \
	"<sip:alice@lab.example>\r\n"                                                              \
	"Call-ID: c1\r\nCSeq: 4 SUBSCRIBE\r\n"
static const char subscribe[] =
	HEAD "Record-Route: <sip:e1;lr>,\r\n <sip:e2;lr>\r\nRecord-Route: <sip:e3;lr>\r\n"
	     "Contact: <sip:alice@lab.example;opaque=user:epid:X;gruu>\r\n\r\n";

static struct ply_sip_msg *make(const char *text)
{
	struct ply_sip_msg *m;

	assert_int_equal(ply_sip_msg_new(&m, text, strlen(text)), 0);
	return m;
}

static void takes_over_what_the_request_says(void **state)
{
	struct ply_sip_msg *m = make(subscribe);
	struct ply_sip_hop hop = {.proto = PLY_SIP_TLS, .flow = 7};
	struct ply_sip_dialog *d;

	(void)state;
	assert_int_equal(ply_sip_dialog_uas(&d, m, &hop, ply_slice_str("lt")), 0);
	assert_string_equal(d->call_id, "c1");
	assert_string_equal(d->local_uri, "sip:alice@lab.example");
	assert_string_equal(d->remote_tag, "ft");
	assert_string_equal(d->local_tag, "lt");
	assert_string_equal(d->remote_epid, "cf0b98");
	assert_string_equal(d->remote_target, "sip:alice@lab.example;opaque=user:epid:X;gruu");
	assert_string_equal(d->route, "Route: <sip:e1;lr>\r\nRoute: <sip:e2;lr>\r\n"
				      "Route: <sip:e3;lr>\r\n");
	assert_int_equal(d->remote_cseq, 4);
	assert_int_equal(d->hop.flow, 7);
	assert_true(ply_sip_dialog_is(d, ply_slice_str("c1"), ply_slice_str("lt"),
				      ply_slice_str("ft")));
	assert_false(ply_sip_dialog_is(d, ply_slice_str("c1"), ply_slice_str("ft"),
				       ply_slice_str("lt")));
	assert_true(
		ply_sip_dialog_hash(ply_slice_str("c1"), ply_slice_str("lt"),
				    ply_slice_str("ft")) !=
		ply_sip_dialog_hash(ply_slice_str("c1"), ply_slice_str("ft"), ply_slice_str("lt")));
	ply_sip_dialog_free(d);
	ply_sip_msg_unref(m);
}

static void takes_over_what_a_called_peer_answers(void **state)
{
	static const char ok[] =
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS 127.0.0.1:5070;branch=z9hG4bK1\r\n"
		"Record-Route: <sip:e1;lr>, <sip:e2;lr>\r\nRecord-Route: <sip:e3;lr>\r\n"
		"From: <sip:conf@lab.example>;tag=lt\r\nTo: "
		"<sip:bob@lab.example>;tag=rt;epid=01\r\n"
		"Call-ID: c2\r\nCSeq: 1 INVITE\r\nContact: <sip:bob@192.0.2.9>\r\n\r\n";
	struct ply_sip_msg *m = make(ok);
	struct ply_sip_hop hop = {.proto = PLY_SIP_TLS, .flow = 7};
	struct ply_sip_dialog *d;

	(void)state;
	assert_int_equal(ply_sip_dialog_uac(&d, m, &hop), 0);
	assert_string_equal(d->local_uri, "sip:conf@lab.example");
	assert_string_equal(d->local_tag, "lt");
	assert_string_equal(d->remote_uri, "sip:bob@lab.example");
	assert_string_equal(d->remote_tag, "rt");
	assert_string_equal(d->remote_epid, "01");
	assert_string_equal(d->remote_target, "sip:bob@192.0.2.9");
	assert_string_equal(d->route, "Route: <sip:e3;lr>\r\nRoute: <sip:e2;lr>\r\n"
				      "Route: <sip:e1;lr>\r\n");
	assert_int_equal(d->local_cseq, 0); /* its ACK has the INVITE's number */
	assert_int_equal(d->remote_cseq, 0);
	assert_int_equal(d->hop.flow, 7);
	ply_sip_dialog_free(d);
	ply_sip_msg_unref(m);
}

static void follows_contact_and_flow_and_refuses_old_numbers(void **state)
{
	struct ply_sip_msg *m = make(subscribe), *again, *old;
	struct ply_sip_hop hop = {.flow = 7}, other = {.flow = 8};
	struct ply_sip_dialog *d;

	(void)state;
	again = make("SUBSCRIBE sip:x SIP/2.0\r\nVia: SIP/2.0/TLS a\r\nFrom: <sip:a>;tag=ft\r\n"
		     "To: <sip:a>;tag=lt\r\nCall-ID: c1\r\nCSeq: 5 SUBSCRIBE\r\n"
		     "m: <sip:new@h>, <sip:z>\r\n\r\n");
	old = make("SUBSCRIBE sip:x SIP/2.0\r\nVia: SIP/2.0/TLS a\r\nFrom: <sip:a>;tag=ft\r\n"
		   "To: <sip:a>;tag=lt\r\nCall-ID: c1\r\nCSeq: 3 SUBSCRIBE\r\n\r\n");
	assert_int_equal(ply_sip_dialog_uas(&d, m, &hop, ply_slice_str("lt")), 0);
	assert_int_equal(ply_sip_dialog_refresh(d, old, &other), PLY_SIP_E_OLD_CSEQ);
	assert_int_equal(d->hop.flow, 7);
	assert_int_equal(ply_sip_dialog_refresh(d, again, &other), 0);
	assert_string_equal(d->remote_target, "sip:new@h");
	assert_int_equal(d->hop.flow, 8);
	assert_int_equal(d->remote_cseq, 5);
	ply_sip_dialog_free(d);
	ply_sip_msg_unref(old);
	ply_sip_msg_unref(again);
	ply_sip_msg_unref(m);
}

static void falls_back_to_from_and_refuses_what_cannot_be_read(void **state)
{
	struct ply_sip_msg *m = make(HEAD "Contact: <sip:a\r\n\r\n"), *bad;
	struct ply_sip_hop hop = {0};
	struct ply_sip_dialog *d;

	(void)state;
	bad = make("SUBSCRIBE sip:x SIP/2.0\r\nVia: SIP/2.0/TLS a\r\nFrom: <sip:a;tag=ft\r\n"
		   "To: <sip:a>\r\nCall-ID: c1\r\nCSeq: 5 SUBSCRIBE\r\n\r\n");
	assert_int_equal(ply_sip_dialog_uas(&d, bad, &hop, ply_slice_str("lt")), -EBADMSG);
	assert_null(d);
	assert_int_equal(ply_sip_dialog_uas(&d, m, &hop, ply_slice_str("lt")), 0);
	assert_string_equal(d->remote_target, "sip:alice@lab.example");
	assert_string_equal(d->route, "");
	ply_sip_dialog_free(d);
	ply_sip_msg_unref(bad);
	ply_sip_msg_unref(m);
}

static void writes_requests_with_rising_numbers(void **state)
{
	struct ply_sip_msg *m = make(subscribe), *back;
	struct ply_sip_transport_conf conf = {.max_message = 65536,
					      .server_name = "fe.lab.example"};
	struct ply_sip_transport_ops ops = {0};
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_sip_hop hop = {.proto = PLY_SIP_TLS};
	struct ply_sip_transport *t;
	struct ply_sip_dialog *d;
	struct ply_loop *loop;

	(void)state;
	assert_int_equal(ply_loop_new(&loop), 0);
	assert_int_equal(ply_sip_transport_new(&t, loop, &conf, &ops, NULL), 0);
	assert_int_equal(ply_sip_dialog_uas(&d, m, &hop, ply_slice_str("lt")), 0);
	assert_int_equal(ply_sip_dialog_write(d, t, "NOTIFY", "z9hG4bK1",
					      ply_slice_str("Event: x\r\n"), "a/b",
					      ply_slice_str("hi"), &out),
			 0);
	assert_string_equal(
		out.p, "NOTIFY sip:alice@lab.example;opaque=user:epid:X;gruu SIP/2.0\r\n"
		       "Via: SIP/2.0/TLS fe.lab.example;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
		       "From: <sip:alice@lab.example>;tag=lt\r\n"
		       "To: <sip:alice@lab.example>;tag=ft;epid=cf0b98\r\nCall-ID: c1\r\n"
		       "CSeq: 1 NOTIFY\r\nRoute: <sip:e1;lr>\r\nRoute: <sip:e2;lr>\r\n"
		       "Route: <sip:e3;lr>\r\nEvent: x\r\nContent-Type: a/b\r\nContent-Length: "
		       "2\r\n\r\nhi");
	ply_strbuf_reset(&out);
	assert_int_equal(ply_sip_dialog_write(d, t, "BENOTIFY", "z9hG4bK2", ply_slice_str(""), NULL,
					      ply_slice_str(""), &out),
			 0);
	back = make(out.p);
	assert_int_equal(back->cseq, 2);
	assert_non_null(ply_sip_msg_parse(back, NULL));
	ply_sip_msg_unref(back);
	ply_sip_dialog_free(d);
	ply_sip_transport_free(t);
	ply_loop_free(loop);
	ply_strbuf_deinit(&out);
	ply_sip_msg_unref(m);
}

static void survives_every_failed_allocation(void **state)
{
	struct ply_sip_msg *m = make(subscribe);
	struct ply_sip_hop hop = {0};
	struct ply_sip_dialog *d;
	int r = -ENOMEM;

	(void)state;
	for (size_t n = 1; r == -ENOMEM; n++) {
		ply_mem_fail_after(n);
		r = ply_sip_dialog_uas(&d, m, &hop, ply_slice_str("lt"));
		assert_true(n < 100);
	}
	ply_mem_fail_after(0);
	assert_int_equal(r, 0);
	ply_sip_dialog_free(d);
	ply_sip_msg_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_over_what_the_request_says),
		cmocka_unit_test(takes_over_what_a_called_peer_answers),
		cmocka_unit_test(follows_contact_and_flow_and_refuses_old_numbers),
		cmocka_unit_test(falls_back_to_from_and_refuses_what_cannot_be_read),
		cmocka_unit_test(writes_requests_with_rising_numbers),
		cmocka_unit_test(survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
