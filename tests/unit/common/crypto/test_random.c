#include "tests/lib/unit.h"

#include "crypto/random.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void makes_tokens_of_the_asked_length(void **state)
{
	char a[65], b[65];

	(void)state;
	for (size_t n = 0; n <= 64; n++) {
		(void)ply_random_hex(a, n);
		assert_int_equal(strlen(a), n);
		assert_int_equal(strspn(a, "0123456789abcdef"), n);
	}
	assert_string_not_equal(ply_random_hex(a, 64), ply_random_hex(b, 64));
}

static void makes_uuids_of_version_4(void **state)
{
	char u[PLY_UUID_MAX];

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		(void)ply_random_uuid(u);
		assert_int_equal(strlen(u), 36);
		assert_int_equal(u[14], '4');
		assert_non_null(strchr("89ab", u[19]));
		assert_true(u[8] == '-' && u[13] == '-' && u[18] == '-' && u[23] == '-');
	}
}

static void draws_every_value_below_the_limit(void **state)
{
	unsigned seen[7] = {0};

	(void)state;
	for (unsigned i = 0; i < 7000; i++)
		seen[ply_random_below(7)]++;
	for (unsigned i = 0; i < 7; i++)
		assert_in_range(seen[i], 700, 1300);
	assert_int_equal(ply_random_below(1), 0);
}

static void a_child_goes_its_own_way(void **state)
{
	char mine[33], theirs[33] = "";
	int fd[2];
	pid_t pid;

	(void)state;
	(void)ply_random_u32(); /* the pool is filled */
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		(void)ply_random_hex(mine, 32);
		_exit(write(fd[1], mine, 32) == 32 ? 0 : 1);
	}
	(void)ply_random_hex(mine, 32);
	assert_int_equal(read(fd[0], theirs, 32), 32);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_string_not_equal(mine, theirs);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_tokens_of_the_asked_length),
		cmocka_unit_test(makes_uuids_of_version_4),
		cmocka_unit_test(draws_every_value_below_the_limit),
		cmocka_unit_test(a_child_goes_its_own_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
