#include "tests/lib/unit.h"

#include "auth/sa.h"
#include "base/ply.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static void accepts_each_number_once(void **state)
{
	static const struct {
		const char *why;
		uint32_t n;
		bool fresh;
	} steps[] = {
		{"zero is never used", 0, false},
		{"the first", 1, true},
		{"the first again", 1, false},
		{"a gap", 5, true},
		{"the gap filled", 3, true},
		{"the end of the first window", 256, true},
		{"again", 256, false},
		{"slides the window to 2..257", 257, true},
		{"still seen after sliding", 5, false},
		{"below the window", 1, false},
		{"unseen at its lower end", 2, true},
		{"slides it to 45..300", 300, true},
		{"just below", 44, false},
		{"just inside", 45, true},
		{"slots of passed numbers are free again", 261, true},
		{"far ahead", 100000, true},
		{"nothing left of the old window", 300, false},
		{"inside the new one", 100000 - 255, true},
		{"just below the new one", 100000 - 256, false},
		{"the largest", 0xffffffff, true},
		{"the largest again", 0xffffffff, false},
		{"its lower end", 0xffffffff - 255, true},
	};
	struct ply_seqwin w;

	(void)state;
	ply_seqwin_init(&w);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		bool fresh = ply_seqwin_fresh(&w, steps[i].n);

		if (fresh != steps[i].fresh)
			fail_msg("%s: got %d", steps[i].why, fresh);
		if (fresh)
			ply_seqwin_mark(&w, steps[i].n);
	}
}

static void forgets_no_number_while_it_is_inside_the_window(void **state)
{
	struct ply_seqwin w;
	uint32_t x = 12345;

	(void)state;
	ply_seqwin_init(&w);
	for (uint32_t n = 1; n < 3000; n++) {
		assert_true(ply_seqwin_fresh(&w, n));
		ply_seqwin_mark(&w, n);
		x = x * 1103515245 + 12345;
		assert_false(ply_seqwin_fresh(&w, n - (x >> 16) % (n < 600 ? n : 600)));
	}
}

static const struct ply_sig_msg request = {
	.call_id = PLY_SLICE_LIT("87B0gEFAAaF519iECACm0AC3t2290b03BCx75AFx"),
	.cseq = PLY_SLICE_LIT("4"),
	.method = PLY_SLICE_LIT("SUBSCRIBE"),
	.from_uri = PLY_SLICE_LIT("sip:alice@lab.example"),
	.from_tag = PLY_SLICE_LIT("1915655542"),
	.to_uri = PLY_SLICE_LIT("sip:alice@lab.example"),
	.expires = PLY_SLICE_LIT("0"),
	.status = -1,
};

enum { END_MS = 1000 };

static void establish(struct ply_sa *sa, struct ply_ntlm_keys *keys)
{
	const uint8_t exported[16] = {7};

	assert_int_equal(ply_ntlm_derive(exported, PLY_NTLM_OFFER, keys), 0);
	ply_sa_init(sa, PLY_AUTH_MECH_NTLM, 0x762F8CEA, 4);
	sa->realm = ply_slice_str("R");
	sa->targetname = ply_slice_str("fe.lab.example");
	ply_sa_establish_ntlm(sa, keys, END_MS);
}

/* What a client would send with this number. */
static void client_header(struct ply_strbuf *b, const struct ply_ntlm_keys *keys, const char *num,
			  const struct ply_sig_msg *msg)
{
	const struct ply_sig_auth auth = {PLY_SLICE_LIT("NTLM"), PLY_SLICE_LIT("1b01a0da"),
					  ply_slice_str(num), PLY_SLICE_LIT("R"),
					  PLY_SLICE_LIT("fe.lab.example")};
	struct ply_strbuf text = PLY_STRBUF_INIT;
	uint8_t sig[PLY_NTLM_SIG_LEN];

	ply_sigbuf_add(&text, 4, &auth, msg);
	assert_int_equal(ply_ntlm_sign(&keys->client, ply_strbuf_slice(&text), sig), 0);
	ply_strbuf_reset(b);
	ply_strbuf_addf(b,
			"NTLM qop=\"auth\", opaque=\"762F8CEA\", realm=\"R\", "
			"targetname=\"fe.lab.example\", crand=\"1b01a0da\", cnum=\"%s\", "
			"response=\"",
			num);
	ply_strbuf_add_hex(b, sig, sizeof sig);
	ply_strbuf_addc(b, '"');
	ply_strbuf_deinit(&text);
}

static int verify(struct ply_sa *sa, const struct ply_strbuf *b, const struct ply_sig_msg *msg,
		  uint64_t now)
{
	struct ply_authhdr h;

	assert_int_equal(ply_authhdr_parse(ply_strbuf_slice(b), &h), 0);
	return ply_sa_verify(sa, &h, msg, now);
}

static void verifies_what_a_client_signed_and_nothing_else(void **state)
{
	struct ply_sa sa;
	struct ply_ntlm_keys keys;
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_sig_msg changed = request;

	(void)state;
	establish(&sa, &keys);
	changed.expires = ply_slice_str("3600");
	client_header(&b, &keys, "1", &request);
	assert_int_equal(verify(&sa, &b, &changed, 0), PLY_SA_E_SIGNATURE);
	assert_int_equal(verify(&sa, &b, &request, 0), 0); /* the bad one marked nothing */
	assert_int_equal(verify(&sa, &b, &request, 0), PLY_SA_E_REPLAY);
	client_header(&b, &keys, "3", &request);
	assert_int_equal(verify(&sa, &b, &request, END_MS - 1), 0);
	client_header(&b, &keys, "2", &request);
	assert_int_equal(verify(&sa, &b, &request, END_MS - 1), 0);
	client_header(&b, &keys, "4", &request);
	assert_int_equal(verify(&sa, &b, &request, END_MS), PLY_SA_E_EXPIRED);
	client_header(&b, &keys, "x", &request);
	assert_int_equal(verify(&sa, &b, &request, 0), PLY_SA_E_SIGNATURE);
	ply_strbuf_reset(&b);
	ply_strbuf_adds(&b, "NTLM opaque=\"762F8CEA\", realm=\"R\"");
	assert_int_equal(verify(&sa, &b, &request, 0), PLY_SA_E_SIGNATURE);
	ply_sa_deinit(&sa);
	ply_strbuf_deinit(&b);
}

static void neither_signs_nor_verifies_while_half_open(void **state)
{
	struct ply_sa sa;
	struct ply_ntlm_keys keys;
	struct ply_strbuf b = PLY_STRBUF_INIT, out = PLY_STRBUF_INIT;

	(void)state;
	establish(&sa, &keys);
	client_header(&b, &keys, "1", &request);
	sa.state = PLY_SA_HALF_OPEN;
	assert_int_equal(verify(&sa, &b, &request, 0), PLY_SA_E_EXPIRED);
	assert_int_equal(ply_sa_sign(&sa, &request, 1, &out), PLY_SA_E_EXPIRED);
	assert_int_equal(out.len, 0);
	ply_sa_deinit(&sa);
	ply_strbuf_deinit(&b);
}

static void signs_with_numbers_that_count_up(void **state)
{
	struct ply_sa sa;
	struct ply_ntlm_keys keys;
	struct ply_strbuf out = PLY_STRBUF_INIT;

	(void)state;
	establish(&sa, &keys);
	for (uint32_t i = 1; i <= 11; i++) {
		struct ply_sig_auth auth = {PLY_SLICE_LIT("NTLM"), PLY_SLICE_LIT("0000BEEF"),
					    ply_slice_str(""), PLY_SLICE_LIT("R"),
					    PLY_SLICE_LIT("fe.lab.example")};
		struct ply_strbuf text = PLY_STRBUF_INIT, want = PLY_STRBUF_INIT;
		uint8_t sig[PLY_NTLM_SIG_LEN];
		char num[16];

		(void)snprintf(num, sizeof num, "%u", i);
		auth.num = ply_slice_str(num);
		ply_sigbuf_add(&text, 4, &auth, &request);
		assert_int_equal(ply_ntlm_sign(&keys.server, ply_strbuf_slice(&text), sig), 0);
		ply_strbuf_adds(&want, "NTLM rspauth=\"");
		ply_strbuf_add_hex(&want, sig, sizeof sig);
		ply_strbuf_addf(&want,
				"\", srand=\"0000BEEF\", snum=\"%u\", opaque=\"762F8CEA\", "
				"qop=\"auth\", targetname=\"fe.lab.example\", realm=\"R\"",
				i);
		ply_strbuf_reset(&out);
		assert_int_equal(ply_sa_sign(&sa, &request, 0xBEEF, &out), 0);
		assert_string_equal(out.p, want.p);
		ply_strbuf_deinit(&text);
		ply_strbuf_deinit(&want);
	}
	ply_sa_deinit(&sa);
	ply_strbuf_deinit(&out);
}

/* No assertion on time: the figure is for the reader. */
static void tells_what_a_signature_costs(void **state)
{
	enum { ROUNDS = 20000 };
	struct ply_sa sa;
	struct ply_ntlm_keys keys;
	struct ply_strbuf out = PLY_STRBUF_INIT;
	clock_t start;

	(void)state;
	establish(&sa, &keys);
	start = clock();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		ply_strbuf_reset(&out);
		assert_int_equal(ply_sa_sign(&sa, &request, i, &out), 0);
	}
	print_message("NTLM signature with its header: %lld ns CPU\n",
		      (long long)(clock() - start) * 1000000000 / CLOCKS_PER_SEC / ROUNDS);
	ply_sa_deinit(&sa);
	ply_strbuf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_each_number_once),
		cmocka_unit_test(forgets_no_number_while_it_is_inside_the_window),
		cmocka_unit_test(verifies_what_a_client_signed_and_nothing_else),
		cmocka_unit_test(neither_signs_nor_verifies_while_half_open),
		cmocka_unit_test(signs_with_numbers_that_count_up),
		cmocka_unit_test(tells_what_a_signature_costs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
