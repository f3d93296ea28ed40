#include "auth/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[PLY_DIGEST_KEY_LEN] = {1}, ha1[PLY_DIGEST_MAX_LEN] = {2};
	const struct ply_digest_nonce_ctx ctx = {key, PLY_SLICE_LIT("x"), PLY_SLICE_LIT("r")};
	struct ply_authhdr h;
	struct ply_digest_cred c;
	char name[32];
	uint32_t made;

	if (ply_authhdr_parse(ply_slice((const char *)data, size), &h) || ply_digest_cred(&h, &c))
		return 0;
	(void)ply_digest_username(&c, name, sizeof name);
	(void)ply_digest_nonce_check(&ctx, c.nonce, 1000, 300, &made);
	(void)ply_digest_check(&c, ply_slice_str("REGISTER"), ha1);
	if (!ply_digest_check(&c, ply_slice_str("REGISTER"), NULL))
		__builtin_trap();
	return 0;
}
