#include "tests/lib/unit.h"

#include "crypto/cipher.h"

#include <errno.h>
#include <string.h>

static const uint8_t key[PLY_SEAL_KEY];

/* The GCM specification's test case 14: key, nonce and text are zeros. */
static void opens_the_published_vector(void **state)
{
	static const uint8_t sealed[12 + 16 + 16] = {
		0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
		0,    0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e,
		0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18, 0xd0, 0xd1, 0xc8, 0xa7, 0x99,
		0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19};
	static const uint8_t zeros[16];
	uint8_t out[16] = {1};

	(void)state;
	assert_int_equal(ply_unseal(key, sealed, sizeof sealed, out), 0);
	assert_memory_equal(out, zeros, sizeof zeros);
}

static void opens_what_it_sealed_and_never_twice_alike(void **state)
{
	static const char text[] = "0123456789abcdef0123456789abcdef, the conference key";

	(void)state;
	for (size_t len = 0; len <= sizeof text; len++) {
		uint8_t a[sizeof text + PLY_SEAL_MORE], b[sizeof a], out[sizeof text + 1] = {0};

		assert_int_equal(ply_seal(key, text, len, a), 0);
		assert_int_equal(ply_seal(key, text, len, b), 0);
		assert_memory_not_equal(a, b, len + PLY_SEAL_MORE);
		assert_int_equal(ply_unseal(key, a, len + PLY_SEAL_MORE, out), 0);
		assert_memory_equal(out, text, len);
	}
}

/* Every bit counts, the length too, and so does the key. */
static void refuses_what_was_changed(void **state)
{
	uint8_t sealed[5 + PLY_SEAL_MORE], out[sizeof sealed], other[PLY_SEAL_KEY] = {1};

	(void)state;
	assert_int_equal(ply_seal(key, "hello", 5, sealed), 0);
	for (size_t i = 0; i < 8 * sizeof sealed; i++) {
		sealed[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_int_equal(ply_unseal(key, sealed, sizeof sealed, out), -EBADMSG);
		sealed[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	for (size_t len = 0; len < sizeof sealed; len++)
		assert_int_equal(ply_unseal(key, sealed, len, out), -EBADMSG);
	assert_int_equal(ply_unseal(other, sealed, sizeof sealed, out), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_the_published_vector),
		cmocka_unit_test(opens_what_it_sealed_and_never_twice_alike),
		cmocka_unit_test(refuses_what_was_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
