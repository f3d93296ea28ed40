#include "auth/ntlm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The message, its names, and the whole check: none may read outside or take a guess for right. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t challenge[PLY_NTLM_CHALLENGE_LEN] = {1}, hash[PLY_NTLM_HASH_LEN] = {2};
	struct ply_ntlm_auth a;
	struct ply_ntlm_keys keys;
	char name[4 * PLY_NTLM_MAX_NAME];

	if (ply_ntlm_parse_auth(ply_slice((const char *)data, size), &a))
		return 0;
	(void)ply_ntlm_name(a.user, name, sizeof name);
	(void)ply_ntlm_name(a.domain, name, 8);
	(void)ply_ntlm_client_time(&a);
	if (!ply_ntlm_check(&a, challenge, NULL, &keys))
		__builtin_trap();
	(void)ply_ntlm_check(&a, challenge, hash, &keys);
	return 0;
}
