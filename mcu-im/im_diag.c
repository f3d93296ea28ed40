/* Outcome to status and ms-diagnostics: one table. Ids from 6001 are those of IM conferences
 * ([MS-OCER], [MS-CONFIM]). */
#include "base/counter.h"
#include "mcu-im/mim.h"

PLY_COUNTER(refused, "parley_mcu_im_refused_total", "requests answered with a refusal");

struct row {
	unsigned status, id;
	const char *reason;
};

/* clang-format off */
static const struct row rows[MIM_N_REFUSAL] = {
[MIM_BAD_REQUEST]	= { 400, 4000, "A header of the request could not be read" },
[MIM_NO_TYPE]		= { 400, 4000, "The message has no Content-Type" },
[MIM_OVERLOAD]		= { 503, 4000, "The server is overloaded, try again shortly" },
[MIM_METHOD]		= { 405, 0,    "The method is not allowed here" },
[MIM_MUTED]		= { 403, 6002, "You are muted in this conference" },
[MIM_TOO_LARGE]		= { 413, 6003, "The message is too large" },
[MIM_NO_CONFERENCE]	= { 404, 6004, "The conference is not on this server" },
[MIM_NOT_EXPECTED]	= { 403, 6005, "This endpoint is not expected in the conference" },
[MIM_NO_OFFER]		= { 488, 6006, "The description offers no instant messages" },
[MIM_TOO_FAST]		= { 503, 6007, "Too many messages, try again shortly" },
[MIM_STRANGER]		= { 403, 6008, "Only Front Ends of the pool are served" },
[MIM_NO_DIALOG]		= { 481, 6009, "The participant is not in the conference" },
};
/* clang-format on */

void mim_refuse(struct mim *m, struct ply_sip_stx *stx, enum mim_refusal why)
{
	const struct row *row = &rows[why];
	const struct ply_sip_reply r = {
		.status = row->status,
		.lines = ply_slice_str(why == MIM_METHOD ? MIM_ALLOW : ""),
		.diag = row->id,
		.diag_reason = row->reason,
		.source = m->fqdn,
		.retry_after = row->status == 503 ? 1 : 0,
	};

	ply_counter_inc(&refused);
	ply_info(&m->log, "request.refused", KI("status", row->status), KI("diag", row->id),
		 KS("why", row->reason));
	(void)ply_sip_stx_reply(stx, &r);
}
