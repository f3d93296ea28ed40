/* NTLM as SIP uses it: connectionless (no NEGOTIATE message), NTLMv2 or LMv2, extended session
 * security, message number always 100. The server side: make the CHALLENGE_MESSAGE, read and check
 * the AUTHENTICATE_MESSAGE, sign and verify. NTLMv1 is never accepted. Pure (randomness and
 * password hash are arguments); any thread. Spec: [MS-NLMP] 2.2.1, 3.3.2, 3.4; [MS-SIPAE] 3.2, 3.3.
 * Rank 2. */
#ifndef PLY_AUTH_NTLM_H
#define PLY_AUTH_NTLM_H

#include "base/slice.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

/* [MS-NLMP] 2.2.2.5 */
enum ply_ntlm_flag {
	PLY_NTLM_UNICODE = 0x00000001,
	PLY_NTLM_OEM = 0x00000002,
	PLY_NTLM_REQUEST_TARGET = 0x00000004,
	PLY_NTLM_SIGN = 0x00000010,
	PLY_NTLM_SEAL = 0x00000020,
	PLY_NTLM_DATAGRAM = 0x00000040,
	PLY_NTLM_NTLM = 0x00000200,
	PLY_NTLM_ANONYMOUS = 0x00000800,
	PLY_NTLM_ALWAYS_SIGN = 0x00008000,
	PLY_NTLM_TARGET_DOMAIN = 0x00010000,
	PLY_NTLM_EXTENDED = 0x00080000,
	PLY_NTLM_IDENTIFY = 0x00100000,
	PLY_NTLM_TARGET_INFO = 0x00800000,
	PLY_NTLM_VERSION = 0x02000000,
	PLY_NTLM_128 = 0x20000000,
	PLY_NTLM_KEY_EXCH = 0x40000000,
};
#define PLY_NTLM_56 0x80000000U /* does not fit an enum's int */

/* What Parley offers: all that Communicator and SIPE demand, neither OEM nor LM_KEY. */
#define PLY_NTLM_OFFER 0xE2998255U

enum {
	PLY_NTLM_CHALLENGE_LEN = 8,
	PLY_NTLM_HASH_LEN = 16,
	PLY_NTLM_KEY_LEN = 16,
	PLY_NTLM_SIG_LEN = 16,
	PLY_NTLM_MAX_MSG = 4096, /* longest AUTHENTICATE_MESSAGE read */
	PLY_NTLM_MAX_NAME = 256, /* UTF-16 units of a user or domain name */
};

/* Positive results. */
enum {
	PLY_NTLM_E_DENIED = 1, /* wrong password, or no such user: not told apart */
	PLY_NTLM_E_FLAGS,      /* the client left out something we demand (signing, NTLMv2, ...) */
};

/* Names of this server, UTF-8. */
struct ply_ntlm_target {
	struct ply_slice nb_domain;   /* "LAB" */
	struct ply_slice nb_computer; /* "FE" */
	struct ply_slice dns_domain;  /* "lab.example" */
	struct ply_slice dns_computer;
};

/* Appends the raw CHALLENGE_MESSAGE with these flags. 0, or -EINVAL when a name is no UTF-8 or too
 * long; memory trouble shows in ply_strbuf_err(b). */
int ply_ntlm_add_challenge(struct ply_strbuf *b, uint32_t flags,
			   const uint8_t challenge[PLY_NTLM_CHALLENGE_LEN],
			   const struct ply_ntlm_target *target);

/* A decoded AUTHENTICATE_MESSAGE. LENT: views into the message. Names are UTF-16LE. */
struct ply_ntlm_auth {
	uint32_t flags;
	struct ply_slice lm_response;
	struct ply_slice nt_response;
	struct ply_slice domain;
	struct ply_slice user;
	struct ply_slice workstation;
	struct ply_slice session_key; /* encrypted random session key */
};

/* 0; -EBADMSG when it is no AUTHENTICATE_MESSAGE or a field reaches outside of it;
 * PLY_NTLM_E_FLAGS when the flags lack what we demand (out is filled). */
int ply_ntlm_parse_auth(struct ply_slice msg, struct ply_ntlm_auth *out);

/* UTF-16LE to UTF-8 with a NUL. 0, -ENOSPC, or -EILSEQ on a lone surrogate or a NUL. */
int ply_ntlm_name(struct ply_slice utf16, char *out, size_t cap);

/* The client's clock in an NTLMv2 response as milliseconds since 1970; 0 when there is none. */
uint64_t ply_ntlm_client_time(const struct ply_ntlm_auth *a);

/* MD4 of the password in UTF-16LE. 0, -EINVAL (no UTF-8, over 256 units), or a crypto error. */
int ply_ntlm_hash(struct ply_slice password, uint8_t hash[PLY_NTLM_HASH_LEN]);

/* Keys of one direction, ready for use. The message number never changes in connectionless use, so
 * the RC4 bytes over the checksum never change either and are kept instead of the sealing key. */
struct ply_ntlm_dir {
	uint8_t sign_key[PLY_NTLM_KEY_LEN];
	uint8_t mask[8];
};

struct ply_ntlm_keys {
	uint8_t exported[PLY_NTLM_KEY_LEN];
	struct ply_ntlm_dir client; /* verify what the client sends */
	struct ply_ntlm_dir server; /* sign what we send */
};

/* Checks the response against the user's NT hash; NULL when there is no such user, which takes the
 * same time as a wrong password. 0 with *keys set; PLY_NTLM_E_DENIED; PLY_NTLM_E_FLAGS; negative.
 */
int ply_ntlm_check(const struct ply_ntlm_auth *a, const uint8_t challenge[PLY_NTLM_CHALLENGE_LEN],
		   const uint8_t *nt_hash, struct ply_ntlm_keys *keys);

/* Keys for an exported session key (tests, clients of ours). flags as negotiated. */
int ply_ntlm_derive(const uint8_t exported[PLY_NTLM_KEY_LEN], uint32_t flags,
		    struct ply_ntlm_keys *keys);

/* The signature of a text. 0 or negative. */
int ply_ntlm_sign(const struct ply_ntlm_dir *dir, struct ply_slice text,
		  uint8_t sig[PLY_NTLM_SIG_LEN]);
/* Constant time. `sig` raw, of any length. */
bool ply_ntlm_verify(const struct ply_ntlm_dir *dir, struct ply_slice text, struct ply_slice sig);

#endif
