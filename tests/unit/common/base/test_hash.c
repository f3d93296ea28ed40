#include "tests/lib/unit.h"

#include "base/hash.h"
#include "base/list.h"
#include "base/mem.h"

#include <errno.h>

struct thing {
	struct ply_hnode node;
	struct ply_list link;
	uint64_t key;
};

static struct thing *find(const struct ply_hash *t, uint64_t key)
{
	struct ply_hnode *n = ply_hash_first(t, ply_hash_bytes(&key, sizeof key));

	for (; n; n = ply_hash_next(n))
		if (container_of(n, struct thing, node)->key == key)
			return container_of(n, struct thing, node);
	return NULL;
}

static void drop_odd(struct ply_hnode *n, void *ctx)
{
	struct thing *th = container_of(n, struct thing, node);

	if (th->key % 2)
		ply_hash_del(ctx, n);
}

static void finds_what_was_added_and_not_what_was_taken(void **state)
{
	static struct thing things[1000];
	struct ply_hash t;

	(void)state;
	ply_hash_init(&t);
	assert_null(find(&t, 1));
	for (uint64_t i = 0; i < ARRAY_LEN(things); i++) {
		things[i].key = i;
		assert_int_equal(ply_hash_add(&t, &things[i].node, ply_hash_bytes(&i, sizeof i)),
				 0);
	}
	for (uint64_t i = 0; i < ARRAY_LEN(things); i++)
		assert_ptr_equal(find(&t, i), &things[i]);
	ply_hash_each(&t, drop_odd, &t);
	assert_int_equal(t.n, 500);
	assert_null(find(&t, 7));
	assert_non_null(find(&t, 8));
	ply_hash_deinit(&t);
}

static void keeps_two_of_the_same_hash_apart(void **state)
{
	struct thing a = {.key = 1}, b = {.key = 2};
	struct ply_hash t;
	unsigned n = 0;

	(void)state;
	ply_hash_init(&t);
	assert_int_equal(ply_hash_add(&t, &a.node, 42), 0);
	assert_int_equal(ply_hash_add(&t, &b.node, 42), 0);
	for (struct ply_hnode *h = ply_hash_first(&t, 42); h; h = ply_hash_next(h))
		n++;
	assert_int_equal(n, 2);
	ply_hash_del(&t, &a.node);
	assert_ptr_equal(ply_hash_first(&t, 42), &b.node);
	ply_hash_deinit(&t);
}

static void needs_memory_for_the_first_entry_only(void **state)
{
	struct thing th[20];
	struct ply_hash t;

	(void)state;
	ply_hash_init(&t);
	ply_mem_fail_after(1);
	assert_int_equal(ply_hash_add(&t, &th[0].node, 0), -ENOMEM);
	ply_mem_fail_after(0);
	assert_int_equal(ply_hash_add(&t, &th[0].node, 0), 0);
	ply_mem_fail_after(1);
	for (uint64_t i = 1; i < ARRAY_LEN(th); i++) /* past the first 16 buckets */
		assert_int_equal(ply_hash_add(&t, &th[i].node, i), 0);
	ply_mem_fail_after(0);
	for (uint64_t i = 0; i < ARRAY_LEN(th); i++)
		assert_ptr_equal(ply_hash_first(&t, i), &th[i].node);
	ply_hash_deinit(&t);
}

static void hashes_without_case_at_every_length(void **state)
{
	static const char lower[] = "alice@lab.example;transport=tls", upper[] =
									       "ALICE@LAB.EXAMPLE;"
									       "TRANSPORT=TLS";

	(void)state;
	for (size_t n = 0; n < sizeof lower; n++) {
		assert_true(ply_hash_nocase(lower, n) == ply_hash_nocase(upper, n));
		if (n)
			assert_true(ply_hash_nocase(lower, n) != ply_hash_nocase(lower, n - 1));
	}
	assert_true(ply_hash_bytes(lower, 5) != ply_hash_bytes(upper, 5));
}

static void a_list_is_walked_in_order_while_nodes_leave(void **state)
{
	struct ply_list head;
	struct thing th[5];
	uint64_t order = 0;

	(void)state;
	ply_list_init(&head);
	assert_null(ply_list_first(&head));
	for (uint64_t i = 1; i < ARRAY_LEN(th); i++) {
		th[i].key = i;
		ply_list_push(&head, &th[i].link);
	}
	th[0].key = 9;
	ply_list_push_front(&head, &th[0].link);
	PLY_LIST_FOR_SAFE(n, next, &head) {
		order = order * 10 + container_of(n, struct thing, link)->key;
		ply_list_del(n);
	}
	assert_int_equal(order, 91234);
	assert_true(ply_list_empty(&head));
	ply_list_del(&th[0].link); /* once more does nothing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_added_and_not_what_was_taken),
		cmocka_unit_test(keeps_two_of_the_same_hash_apart),
		cmocka_unit_test(needs_memory_for_the_first_entry_only),
		cmocka_unit_test(hashes_without_case_at_every_length),
		cmocka_unit_test(a_list_is_walked_in_order_while_nodes_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
