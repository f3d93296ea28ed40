/* Checking a response, deriving keys, signing. [MS-NLMP] 3.3.2, 3.4.4, 3.4.5 */
#include "auth/ntlm_internal.h"

#include "base/ply.h"
#include "crypto/cipher.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

enum {
	PROOF_LEN = 16,
	NTLMV2_MIN = PROOF_LEN + 28,
	LMV2_LEN = PROOF_LEN + 8,
	CHECKSUM_LEN = 8,
};

/* [MS-SIPAE] 3.3: the number is 100 in every message of both sides. */
static const uint8_t seq_100[4] = {100, 0, 0, 0};

int ply_ntlm_hash(struct ply_slice password, uint8_t hash[PLY_NTLM_HASH_LEN])
{
	uint8_t text[PLY_NTLM_MAX_UTF16];
	size_t len;
	int r = ply_ntlm_utf16(password, text, &len);

	if (!r)
		r = ply_md4(text, len, hash);
	ply_secret_wipe(text, sizeof text);
	return r;
}

/* NTOWFv2: the domain is hashed as the client sent it, the user in upper case. */
static int response_key(const struct ply_ntlm_auth *a, const uint8_t *nt_hash, uint8_t out[16])
{
	uint8_t name[2 * PLY_NTLM_MAX_UTF16];

	memcpy(name, a->user.p, a->user.len);
	ply_ntlm_upper(name, a->user.len);
	memcpy(name + a->user.len, a->domain.p, a->domain.len);
	return ply_hmac_md5(nt_hash, PLY_NTLM_HASH_LEN, name, a->user.len + a->domain.len, out);
}

/* The response is a proof over our challenge and whatever the client appended to the proof. */
static int proof(const uint8_t key[16], const uint8_t challenge[PLY_NTLM_CHALLENGE_LEN],
		 struct ply_slice rest, uint8_t out[PROOF_LEN])
{
	const struct ply_slice parts[] = {{(const char *)challenge, PLY_NTLM_CHALLENGE_LEN}, rest};

	return ply_hmac_md5_parts(key, 16, parts, ARRAY_LEN(parts), out);
}

/* NTLMv2, or LMv2 from a client that sent nothing else. Never the 24 byte NTLMv1 response. */
static bool pick_response(const struct ply_ntlm_auth *a, struct ply_slice *out)
{
	*out = a->nt_response;
	if (out->len >= NTLMV2_MIN)
		return true;
	*out = a->lm_response;
	return a->nt_response.len == 0 && out->len == LMV2_LEN;
}

static int exported_key(const struct ply_ntlm_auth *a, const uint8_t base[16], uint8_t out[16])
{
	if (!(a->flags & PLY_NTLM_KEY_EXCH)) {
		memcpy(out, base, PLY_NTLM_KEY_LEN);
		return 0;
	}
	return ply_rc4(base, 16, (const uint8_t *)a->session_key.p, PLY_NTLM_KEY_LEN, out);
}

int ply_ntlm_check(const struct ply_ntlm_auth *a, const uint8_t challenge[PLY_NTLM_CHALLENGE_LEN],
		   const uint8_t *nt_hash, struct ply_ntlm_keys *keys)
{
	static const uint8_t nobody[PLY_NTLM_HASH_LEN];
	uint8_t key[16], want[PROOF_LEN], base[16], exported[16];
	struct ply_slice response;
	bool right;
	int r;

	memset(keys, 0, sizeof *keys);
	if (!pick_response(a, &response))
		return PLY_NTLM_E_FLAGS;
	if ((a->flags & PLY_NTLM_KEY_EXCH) && a->session_key.len != PLY_NTLM_KEY_LEN)
		return PLY_NTLM_E_FLAGS;

	/* Every step is done for a user who does not exist as well: the time must not tell. */
	r = response_key(a, nt_hash ? nt_hash : nobody, key);
	if (!r)
		r = proof(key, challenge, ply_slice_from(response, PROOF_LEN), want);
	if (!r)
		r = ply_hmac_md5(key, sizeof key, want, sizeof want, base);
	if (!r)
		r = exported_key(a, base, exported);
	if (!r)
		r = ply_ntlm_derive(exported, a->flags, keys);
	if (!r) {
		right = ply_secret_eq(want, response.p, PROOF_LEN);
		if (!right || !nt_hash)
			r = PLY_NTLM_E_DENIED;
	}
	if (r)
		ply_secret_wipe(keys, sizeof *keys);
	ply_secret_wipe(key, sizeof key);
	ply_secret_wipe(base, sizeof base);
	ply_secret_wipe(exported, sizeof exported);
	return r;
}

static int magic_key(const uint8_t *key, size_t len, const char *magic, uint8_t out[16])
{
	/* The NUL of the magic text is hashed too. */
	const struct ply_slice parts[] = {{(const char *)key, len}, {magic, strlen(magic) + 1}};

	return ply_md5_parts(parts, ARRAY_LEN(parts), out);
}

/* [MS-NLMP] 3.4.5.3: how much of the key a client without 128-bit support uses. */
static size_t seal_strength(uint32_t flags)
{
	if (flags & PLY_NTLM_128)
		return PLY_NTLM_KEY_LEN;
	return flags & PLY_NTLM_56 ? 7 : 5;
}

static int derive_dir(struct ply_ntlm_dir *d, const uint8_t exported[16], uint32_t flags,
		      const char *sign_magic, const char *seal_magic)
{
	static const uint8_t zero[CHECKSUM_LEN];
	uint8_t seal[16 + sizeof seq_100], rekeyed[16];
	int r = magic_key(exported, PLY_NTLM_KEY_LEN, sign_magic, d->sign_key);

	memset(d->mask, 0, sizeof d->mask);
	if (r || !(flags & PLY_NTLM_KEY_EXCH))
		return r;
	r = magic_key(exported, seal_strength(flags), seal_magic, seal);
	memcpy(seal + 16, seq_100, sizeof seq_100);
	if (!r)
		r = ply_md5(seal, sizeof seal, rekeyed);
	if (!r)
		r = ply_rc4(rekeyed, sizeof rekeyed, zero, sizeof zero, d->mask);
	ply_secret_wipe(seal, sizeof seal);
	ply_secret_wipe(rekeyed, sizeof rekeyed);
	return r;
}

int ply_ntlm_derive(const uint8_t exported[PLY_NTLM_KEY_LEN], uint32_t flags,
		    struct ply_ntlm_keys *keys)
{
	int r;

	memcpy(keys->exported, exported, PLY_NTLM_KEY_LEN);
	r = derive_dir(&keys->client, exported, flags,
		       "session key to client-to-server signing key magic constant",
		       "session key to client-to-server sealing key magic constant");
	if (!r)
		r = derive_dir(&keys->server, exported, flags,
			       "session key to server-to-client signing key magic constant",
			       "session key to server-to-client sealing key magic constant");
	return r;
}

static int text_mac(const uint8_t key[16], struct ply_slice text, uint8_t mac[16])
{
	const struct ply_slice parts[] = {{(const char *)seq_100, sizeof seq_100}, text};

	return ply_hmac_md5_parts(key, PLY_NTLM_KEY_LEN, parts, ARRAY_LEN(parts), mac);
}

/* Version 1, checksum under the mask, number. [MS-NLMP] 2.2.2.9.2 */
int ply_ntlm_sign(const struct ply_ntlm_dir *dir, struct ply_slice text,
		  uint8_t sig[PLY_NTLM_SIG_LEN])
{
	static const uint8_t version[4] = {1, 0, 0, 0};
	uint8_t mac[16];
	int r = text_mac(dir->sign_key, text, mac);

	if (r)
		return r;
	memcpy(sig, version, sizeof version);
	for (size_t i = 0; i < CHECKSUM_LEN; i++)
		sig[4 + i] = mac[i] ^ dir->mask[i];
	memcpy(sig + 12, seq_100, sizeof seq_100);
	return 0;
}

bool ply_ntlm_verify(const struct ply_ntlm_dir *dir, struct ply_slice text, struct ply_slice sig)
{
	uint8_t want[PLY_NTLM_SIG_LEN];

	return sig.len == sizeof want && !ply_ntlm_sign(dir, text, want) &&
	       ply_secret_eq(want, sig.p, sizeof want);
}
