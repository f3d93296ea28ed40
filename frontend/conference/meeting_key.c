/* Conference keys at rest. An anonymous participant's Digest needs the key itself, so it is kept
 * sealed and not as a hash. */
#include "base/mem.h"
#include "crypto/cipher.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "crypto/x509.h"
#include "frontend/conference/focus.h"
#include "role/role.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { HEX = 2 * PLY_SEAL_KEY, MAX_SEALED = 1024 };

/* 0, -ENOENT when there is no such file, -EBADMSG when it holds something else. */
static int read_secret(const char *path, uint8_t secret[PLY_SEAL_KEY])
{
	char hex[HEX];
	FILE *in = fopen(path, "re");
	int r;

	if (!in)
		return -errno;
	r = fread(hex, 1, HEX, in) == HEX
		    ? ply_hex_decode(ply_slice(hex, HEX), secret, PLY_SEAL_KEY, &(size_t){0})
		    : -EBADMSG;
	ply_secret_wipe(hex, sizeof hex);
	(void)fclose(in);
	return r;
}

static int make_secret(const char *dir, const char *path, uint8_t secret[PLY_SEAL_KEY])
{
	struct ply_strbuf hex = PLY_STRBUF_INIT;
	int r;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	ply_random_bytes(secret, PLY_SEAL_KEY);
	ply_strbuf_add_hex(&hex, secret, PLY_SEAL_KEY);
	ply_strbuf_addc(&hex, '\n');
	r = ply_strbuf_err(&hex) ? -ENOMEM : ply_x509_write(path, ply_strbuf_str(&hex), true);
	if (hex.p)
		ply_secret_wipe(hex.p, hex.len);
	ply_strbuf_deinit(&hex);
	return r;
}

int fe_meeting_secret_open(struct fe_meetings *m)
{
	const char *dir = m->role->common->state_dir;
	struct ply_strbuf path = PLY_STRBUF_INIT;
	int r;

	ply_strbuf_addf(&path, "%s/meeting.key", dir);
	r = ply_strbuf_err(&path) ? -ENOMEM : read_secret(ply_strbuf_str(&path), m->secret);
	if (r == -ENOENT)
		r = make_secret(dir, ply_strbuf_str(&path), m->secret);
	if (r)
		ply_error(&m->log, "meeting-key.refused", KS("file", ply_strbuf_str(&path)),
			  KI("err", r));
	ply_strbuf_deinit(&path);
	return r;
}

int fe_meeting_key_seal(const struct fe *fe, const char *key, struct ply_strbuf *out)
{
	uint8_t sealed[MAX_SEALED];
	size_t len = strlen(key);
	int r;

	if (len > sizeof sealed - PLY_SEAL_MORE)
		return -EMSGSIZE;
	r = ply_seal(fe->meetings->secret, key, len, sealed);
	if (!r)
		ply_strbuf_add_base64(out, sealed, len + PLY_SEAL_MORE);
	return r ? r : ply_strbuf_err(out);
}

int fe_meeting_key_open(const struct fe *fe, struct ply_slice sealed, struct ply_strbuf *out)
{
	uint8_t in[MAX_SEALED], clear[MAX_SEALED];
	size_t len;
	int r = ply_base64_decode(sealed, in, sizeof in, &len);

	if (!r)
		r = ply_unseal(fe->meetings->secret, in, len, clear);
	if (r)
		return -EBADMSG;
	ply_strbuf_add(out, (const char *)clear, len - PLY_SEAL_MORE);
	ply_secret_wipe(clear, sizeof clear);
	return ply_strbuf_err(out);
}
