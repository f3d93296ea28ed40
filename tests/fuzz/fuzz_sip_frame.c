/* Framing in one piece and in small pieces must come to the same. The first octet chooses the
 * piece.
 */
#include "sip/sip_msg.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_sip_frame_state st = {0};
	const char *p = (const char *)data + 1;
	enum ply_sip_frame whole, r = PLY_SIP_FRAME_MORE;
	size_t step, at, n_whole, n = 0, len;

	if (!size)
		return 0;
	len = size - 1;
	step = data[0] % 16 + 1U;
	whole = ply_sip_frame(p, len, 4096, &n_whole);
	if (whole == PLY_SIP_FRAME_MESSAGE && (!n_whole || n_whole > len))
		abort();
	for (at = step; r == PLY_SIP_FRAME_MORE && at < len + step; at += step)
		r = ply_sip_frame_at(&st, p, at < len ? at : len, 4096, &n);
	if (len && len <= 4096 && r != PLY_SIP_FRAME_BAD && whole != PLY_SIP_FRAME_BAD &&
	    (r != whole || n != n_whole))
		abort();
	return 0;
}
