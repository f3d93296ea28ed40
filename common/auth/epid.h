/* From a client's epid to its instance identifier and to the identifier in its GRUU. Pure; any
 * thread. Spec: [MS-SIPRE] sip.instance (a name-based UUID in GUID byte order), GRUU of a user
 * endpoint. Rank 2. */
#ifndef PLY_AUTH_EPID_H
#define PLY_AUTH_EPID_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	PLY_EPID_MAX = 16, /* longest epid accepted (ms-diagnostics 4012 beyond) */
	PLY_GUID_LEN = 16, /* bytes */
	PLY_GUID_TEXT_LEN = 36,
	PLY_GRUU_ID_LEN = 24,
};

/* A GUID in its wire byte order (first three groups little-endian). */
struct ply_guid {
	uint8_t b[PLY_GUID_LEN];
};

/* "34d859db-6585-5f91-a3b4-de853c15347d" with NUL. Returns out. */
char *ply_guid_text(const struct ply_guid *g, char out[PLY_GUID_TEXT_LEN + 1]);
/* Reads the same, either case; also `urn:uuid:`, and with <> and quotes around, as +sip.instance is
 * written. false on anything else. */
bool ply_guid_parse(struct ply_slice text, struct ply_guid *out);

/* The instance that belongs to this epid (taken as written, lower case is the client's duty).
 * 0, or negative from the digest. */
int ply_epid_instance(struct ply_slice epid, struct ply_guid *out);

/* The 24 characters after `opaque=user:epid:` in a GRUU, with NUL. Returns out. */
char *ply_gruu_id(const struct ply_guid *instance, char out[PLY_GRUU_ID_LEN + 1]);
/* And back; false when it is no such identifier. */
bool ply_gruu_id_parse(struct ply_slice id, struct ply_guid *out);

#endif
