#include "tests/lib/unit.h"

#include "base/arena.h"
#include "base/mem.h"

static void hands_out_zeroed_aligned_memory_of_any_size(void **state)
{
	struct ply_arena a;

	(void)state;
	ply_arena_init(&a, 64);
	for (size_t round = 0; round < 2; round++) {
		for (size_t n = 1; n < 300; n++) {
			char *p = ply_arena_alloc(&a, n);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xaa, n);
			assert_string_equal(ply_arena_copy(&a, "abc", 2), "ab");
		}
		ply_arena_reset(&a);
		assert_int_equal(a.used, 0);
	}
	ply_arena_deinit(&a);
}

static void says_when_memory_is_out(void **state)
{
	struct ply_arena a;

	(void)state;
	ply_arena_init(&a, 64);
	ply_mem_fail_after(1);
	assert_null(ply_arena_alloc(&a, 8));
	ply_mem_fail_after(0);
	assert_null(ply_arena_alloc(&a, SIZE_MAX - 8));
	assert_non_null(ply_arena_alloc(&a, 8));
	ply_arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_out_zeroed_aligned_memory_of_any_size),
		cmocka_unit_test(says_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
