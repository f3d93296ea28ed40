#include "tests/lib/unit.h"

#include "base/clock.h"
#include "frontend/record_spool.h"
#include "tests/lib/certs.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ply_loop *loop;
static struct ply_log quiet;
static char *dir;
static struct fe_spool *spool;

enum { MAX = 1 << 20, MEMORY = 64 * 1024, SMALL = 256 * 1024 };

static void open_with(size_t max, size_t memory)
{
	const struct fe_spool_conf conf = {
		.dir = test_path(dir, "spool"), .max = max, .memory = memory};

	assert_int_equal(fe_spool_new(&spool, loop, &conf, &quiet), 0);
}

static void close_spool(void)
{
	fe_spool_free(spool);
	spool = NULL;
}

/* As kill -9: nothing of what the process knows survives; the files do. */
static void forget_spool(void)
{
	(void)rename(test_path(dir, "spool"), test_path(dir, "kept"));
	close_spool();
	(void)rename(test_path(dir, "kept"), test_path(dir, "spool"));
}

static int start(void **state)
{
	(void)state;
	ply_log_open("test", PLY_LOG_ERROR, -1);
	dir = test_dir_new();
	return ply_loop_new(&loop);
}

static int stop(void **state)
{
	(void)state;
	close_spool();
	(void)rmdir(test_path(dir, "spool"));
	ply_loop_free(loop);
	test_dir_free(dir);
	return 0;
}

static unsigned next_mark;

/* A record that can be told from others; written at the end of the turn. */
static void add(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct ply_cdr r = {.kind = PLY_CDR_IM_END,
				    .value = {[PLY_CDR_MESSAGES1] = ++next_mark},
				    .text = {[PLY_CDR_USER1] = ply_slice_str(
						     "sip:somebody@somewhere.lab.example")}};

		fe_spool_add(spool, &r);
	}
	(void)ply_loop_step(loop, 0);
}

/* Takes everything; checks that the marks are first, first + 1, ... Returns how many. */
static unsigned take_from(unsigned first)
{
	struct ply_cdr r[64];
	const char *feed;
	unsigned n = 0;
	size_t got;

	while ((got = fe_spool_peek(spool, r, ARRAY_LEN(r), &feed))) {
		for (size_t i = 0; i < got; i++)
			assert_int_equal(r[i].value[PLY_CDR_MESSAGES1], first + n++);
		fe_spool_ack(spool, got);
	}
	assert_int_equal(fe_spool_waiting(spool), 0);
	return n;
}

static unsigned n_files(size_t *bytes)
{
	DIR *d = opendir(test_path(dir, "spool"));
	struct dirent *e;
	struct stat st;
	unsigned n = 0;

	*bytes = 0;
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		assert_int_equal(fstatat(dirfd(d), e->d_name, &st, 0), 0);
		*bytes += (size_t)st.st_size;
	}
	if (d)
		(void)closedir(d);
	return n;
}

static void records_come_in_order_and_what_is_taken_leaves_the_disk(void **state)
{
	size_t before, after;

	(void)state;
	open_with(MAX, MEMORY);
	next_mark = 0;
	add(100);
	assert_int_equal(n_files(&before), 1);
	assert_int_equal(take_from(1), 100);
	assert_int_equal(n_files(&after), 1);
	assert_true(after == PLY_CDR_HEAD_LEN && before > 4000);
	add(3);
	assert_int_equal(take_from(101), 3);
	close_spool();
	assert_int_equal(n_files(&after), 0);
}

static void what_is_not_acknowledged_is_peeked_again(void **state)
{
	struct ply_cdr r[4];
	const char *feed;

	(void)state;
	open_with(MAX, MEMORY);
	next_mark = 0;
	add(10);
	assert_int_equal(fe_spool_peek(spool, r, 4, &feed), 4);
	assert_int_equal(fe_spool_peek(spool, r, 4, &feed), 4);
	assert_int_equal(r[0].value[PLY_CDR_MESSAGES1], 1);
	assert_int_equal(r[3].number, 4);
	fe_spool_ack(spool, 3);
	add(1);
	assert_int_equal(take_from(4), 8);
	close_spool();
}

static void more_than_memory_holds_waits_in_the_files(void **state)
{
	(void)state;
	open_with(MAX, 4096);
	next_mark = 0;
	for (unsigned i = 0; i < 40; i++)
		add(100);
	assert_int_equal(fe_spool_waiting(spool), 4000);
	assert_int_equal(take_from(1), 4000);
	assert_int_equal(fe_spool_shed(spool), 0);
	/* and memory is used again */
	add(5);
	assert_int_equal(take_from(4001), 5);
	close_spool();
}

static void the_next_run_goes_on_with_what_was_left(void **state)
{
	struct ply_cdr r[8];
	const char *feed;
	char first[PLY_CDR_UUID_LEN + 1];
	size_t bytes;

	(void)state;
	open_with(MAX, 4096);
	next_mark = 0;
	add(300);
	assert_int_equal(fe_spool_peek(spool, r, 8, &feed), 8);
	(void)snprintf(first, sizeof first, "%s", feed);
	fe_spool_ack(spool, 8);
	forget_spool();
	open_with(MAX, 4096);
	add(50);
	/* what was acknowledged comes again, under its feed and number: the database knows */
	assert_int_equal(fe_spool_waiting(spool), 350);
	assert_int_equal(fe_spool_peek(spool, r, 8, &feed), 8);
	assert_string_equal(feed, first);
	assert_int_equal(r[7].number, 8);
	assert_int_equal(take_from(1), 350);
	close_spool();
	assert_int_equal(n_files(&bytes), 0);
}

static void append_to_first_file(const void *data, size_t len)
{
	DIR *d = opendir(test_path(dir, "spool"));
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		int fd = openat(dirfd(d), e->d_name, O_WRONLY | O_APPEND);

		assert_int_equal(write(fd, data, len), len);
		(void)close(fd);
	}
	if (d)
		(void)closedir(d);
}

static void a_torn_last_record_is_skipped(void **state)
{
	size_t bytes;

	(void)state;
	open_with(MAX, MEMORY);
	next_mark = 0;
	add(20);
	forget_spool();
	append_to_first_file("\0\0\0\x20\x12\x34\x56\x78half of it", 18);
	open_with(MAX, MEMORY);
	assert_int_equal(fe_spool_waiting(spool), 20);
	assert_int_equal(take_from(1), 20);
	close_spool();
	assert_int_equal(n_files(&bytes), 0);
}

static void files_that_are_none_of_ours_do_no_harm(void **state)
{
	size_t bytes;

	(void)state;
	(void)mkdir(test_path(dir, "spool"), 0700);
	test_write_file(test_path(dir, "spool/cdr-0000000000000001.log"), "no head");
	test_write_file(test_path(dir, "spool/cdr-0000000000000002.log"), "");
	test_write_file(test_path(dir, "spool/notes"), "kept");
	open_with(MAX, MEMORY);
	assert_int_equal(fe_spool_waiting(spool), 0);
	assert_int_equal(n_files(&bytes), 1);
	close_spool();
	assert_int_equal(unlink(test_path(dir, "spool/notes")), 0);
}

static void a_full_spool_sheds_the_oldest(void **state)
{
	struct ply_cdr r[64];
	const char *feed;
	size_t bytes;
	unsigned first;

	(void)state;
	open_with(SMALL, 4096);
	next_mark = 0;
	for (unsigned i = 0; i < 200; i++)
		add(50);
	(void)n_files(&bytes);
	assert_true(bytes <= SMALL);
	assert_true(fe_spool_shed(spool) > 0);
	assert_int_equal(fe_spool_waiting(spool) + fe_spool_shed(spool), 10000);
	/* those in memory are the first ones; then comes the gap, then all the rest */
	first = 0;
	for (size_t got; (got = fe_spool_peek(spool, r, ARRAY_LEN(r), &feed));) {
		for (size_t i = 0; i < got; i++) {
			assert_true(r[i].value[PLY_CDR_MESSAGES1] > first);
			first = (unsigned)r[i].value[PLY_CDR_MESSAGES1];
		}
		fe_spool_ack(spool, got);
	}
	assert_int_equal(first, 10000);
	close_spool();
}

/* No file can be written: memory is the queue, and what does not fit is lost and counted. */
static void without_disk_memory_is_the_queue(void **state)
{
	(void)state;
	(void)rmdir(test_path(dir, "spool"));
	test_write_file(test_path(dir, "spool"), "a file where the folder should be");
	open_with(MAX, 4096);
	next_mark = 0;
	add(10);
	assert_int_equal(take_from(1), 10);
	add(500);
	assert_true(fe_spool_shed(spool) > 0);
	assert_int_equal(fe_spool_waiting(spool) + fe_spool_shed(spool), 500);
	assert_int_equal(take_from(11), 500 - fe_spool_shed(spool));
	/* the disk is back: used a second later at the latest */
	assert_int_equal(unlink(test_path(dir, "spool")), 0);
	ply_clock_hold(ply_mono_ms(), ply_wall_ms());
	ply_loop_advance(loop, 1100);
	ply_clock_release();
	next_mark = 1000;
	add(500);
	assert_int_equal(take_from(1001), 500);
	close_spool();
}

/* A limit on file sizes stands for a full disk: the first write over it is cut, later ones fail. */
static void a_disk_that_fills_up_loses_no_record_that_memory_has(void **state)
{
	struct rlimit old, tight = {2000, RLIM_INFINITY};

	(void)state;
	open_with(MAX, MEMORY);
	next_mark = 0;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	for (unsigned i = 0; i < 30; i++)
		add(10);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(fe_spool_shed(spool), 0);
	assert_int_equal(take_from(1), 300);
	close_spool();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_in_order_and_what_is_taken_leaves_the_disk),
		cmocka_unit_test(what_is_not_acknowledged_is_peeked_again),
		cmocka_unit_test(more_than_memory_holds_waits_in_the_files),
		cmocka_unit_test(the_next_run_goes_on_with_what_was_left),
		cmocka_unit_test(a_torn_last_record_is_skipped),
		cmocka_unit_test(files_that_are_none_of_ours_do_no_harm),
		cmocka_unit_test(a_full_spool_sheds_the_oldest),
		cmocka_unit_test(without_disk_memory_is_the_queue),
		cmocka_unit_test(a_disk_that_fills_up_loses_no_record_that_memory_has),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
