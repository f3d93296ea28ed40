/* Every document of tests/golden/c3p is read as expected, and what was read is written. */
#include "tests/lib/golden.h"
#include "tests/lib/unit.h"

#include "tests/unit/common/c3p/print.h"

static int golden_request(struct ply_strbuf *out, struct ply_slice in)
{
	struct ply_c3p_request req;
	int r = ply_c3p_request_parse(&req, in);

	if (r >= 0)
		print_request(out, &req);
	if (!r) {
		ply_strbuf_adds(out, "written: ");
		ply_c3p_request_write(out, &req);
		ply_strbuf_addc(out, '\n');
	}
	ply_c3p_request_deinit(&req);
	return r;
}

static int golden_response(struct ply_strbuf *out, struct ply_slice in)
{
	struct ply_c3p_response resp;
	int r = ply_c3p_response_parse(&resp, in);

	if (r)
		return r;
	print_response(out, &resp);
	ply_strbuf_adds(out, "written: ");
	ply_c3p_response_write(out, &resp);
	ply_strbuf_addc(out, '\n');
	ply_c3p_response_deinit(&resp);
	return 0;
}

static int golden_conference(struct ply_strbuf *out, struct ply_slice in)
{
	struct ply_ci ci;
	int r = ply_ci_parse(&ci, in);

	if (r)
		return r;
	print_ci(out, &ci);
	ply_strbuf_adds(out, "written: ");
	ply_ci_write(out, &ci);
	ply_strbuf_addc(out, '\n');
	ply_ci_deinit(&ci);
	return 0;
}

static int golden_invite(struct ply_strbuf *out, struct ply_slice in)
{
	struct ply_conf_invite i;
	int r = ply_conf_invite_parse(&i, in);

	if (r)
		return r;
	print_invite(out, &i);
	ply_strbuf_adds(out, "written: ");
	ply_conf_invite_write(out, &i);
	ply_strbuf_addc(out, '\n');
	ply_conf_invite_deinit(&i);
	return 0;
}

static void refused(struct ply_strbuf *out, int r)
{
	static const char *const names[] = {
		[PLY_C3P_E_XML] = "XML",
		[PLY_C3P_E_CONTENT] = "CONTENT",
		[PLY_C3P_E_TOO_MANY] = "TOO_MANY",
	};

	ply_strbuf_addf(out, "refused: %s\n", names[r]);
}

static const struct golden_codec codecs[] = {
	{"req-", golden_request},
	{"resp-", golden_response},
	{"ci-", golden_conference},
	{"invite-", golden_invite},
};

static const struct golden golden = {
	.dir = "tests/golden/c3p",
	.codec = codecs,
	.n_codec = ARRAY_LEN(codecs),
	.refused = refused,
};

int main(void)
{
	return golden_run(&golden, 50);
}
