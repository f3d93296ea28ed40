/* Conference keys at rest, and the secret they are sealed with. */
#include "tests/lib/unit.h"

#include "frontend/conference/focus.h"
#include "role/role.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct home {
	char dir[64], state[80], file[96];
	struct ply_role_common common;
	struct ply_role_ctx role;
	struct fe fe;
	struct fe_meetings m;
};

static void open_home(struct home *h)
{
	*h = (struct home){.dir = "/tmp/parley-key-XXXXXX"};
	assert_non_null(mkdtemp(h->dir));
	(void)snprintf(h->state, sizeof h->state, "%s/state", h->dir);
	(void)snprintf(h->file, sizeof h->file, "%s/meeting.key", h->state);
	h->common.state_dir = h->state;
	h->role.common = &h->common;
	h->m.role = &h->role;
	h->fe.meetings = &h->m;
}

static void close_home(const struct home *h)
{
	(void)unlink(h->file);
	(void)rmdir(h->state);
	(void)rmdir(h->dir);
}

static void makes_a_secret_once_that_nobody_else_may_read(void **state)
{
	uint8_t first[32];
	struct stat st;
	struct home h;

	(void)state;
	open_home(&h);
	assert_int_equal(fe_meeting_secret_open(&h.m), 0);
	assert_int_equal(stat(h.file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	memcpy(first, h.m.secret, sizeof first);
	memset(h.m.secret, 0, sizeof h.m.secret);
	assert_int_equal(fe_meeting_secret_open(&h.m), 0);
	assert_memory_equal(first, h.m.secret, sizeof first);
	close_home(&h);
}

static void does_not_start_with_half_a_secret(void **state)
{
	struct home h;
	FILE *out;

	(void)state;
	open_home(&h);
	assert_int_equal(fe_meeting_secret_open(&h.m), 0);
	out = fopen(h.file, "w");
	assert_non_null(out);
	(void)fputs("0123\n", out);
	(void)fclose(out);
	assert_int_equal(fe_meeting_secret_open(&h.m), -EBADMSG);
	close_home(&h);
}

static void gives_back_the_key_it_sealed(void **state)
{
	struct ply_strbuf sealed = PLY_STRBUF_INIT, clear = PLY_STRBUF_INIT;
	struct home h;

	(void)state;
	open_home(&h);
	assert_int_equal(fe_meeting_secret_open(&h.m), 0);
	assert_int_equal(fe_meeting_key_seal(&h.fe, "Grüße 42", &sealed), 0);
	assert_int_equal(ply_slice_find(ply_strbuf_slice(&sealed), "42"), SIZE_MAX);
	assert_int_equal(fe_meeting_key_open(&h.fe, ply_strbuf_slice(&sealed), &clear), 0);
	assert_string_equal(ply_strbuf_str(&clear), "Grüße 42");
	h.m.secret[0] ^= 1;
	assert_int_equal(fe_meeting_key_open(&h.fe, ply_strbuf_slice(&sealed), &clear), -EBADMSG);
	assert_int_equal(fe_meeting_key_open(&h.fe, ply_slice_str("???"), &clear), -EBADMSG);
	ply_strbuf_deinit(&sealed);
	ply_strbuf_deinit(&clear);
	close_home(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_a_secret_once_that_nobody_else_may_read),
		cmocka_unit_test(does_not_start_with_half_a_secret),
		cmocka_unit_test(gives_back_the_key_it_sealed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
