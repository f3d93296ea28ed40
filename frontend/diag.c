/* Outcome to status and ms-diagnostics: one table ([MS-OCER] 8.2-8.6; sip status by RFC 3261 §21).
 * The texts are what a client shows to a person or writes to its log: short, equal for strangers.
 */
#include "base/counter.h"
#include "frontend/fe.h"

#include <errno.h>

struct row {
	unsigned status, id;
	bool pub; /* ms-diagnostics-public: may leave the enterprise */
	const char *reason;
};

/* clang-format off */
static const struct row rows[FE_D_N] = {
[FE_D_BAD_REQUEST]	= { 400, 4000, false, "The request could not be understood" },
[FE_D_BAD_HEADER]	= { 400, 4000, false, "A header of the request could not be read" },
[FE_D_VERSION]		= { 505, 0,    false, "Only SIP/2.0 is spoken here" },
[FE_D_URI_SCHEME]	= { 416, 0,    false, "The scheme of the Request-URI is not supported" },
[FE_D_TOO_MANY_HOPS]	= { 483, 0,    false, "Max-Forwards reached zero" },
[FE_D_LOOP]		= { 482, 0,    false, "The request came back unchanged" },
[FE_D_BAD_EXTENSION]	= { 420, 0,    false, "An extension the request requires is not supported" },
[FE_D_BAD_EVENT]	= { 489, 0,    false, "The event package is not known here" },
[FE_D_METHOD]		= { 405, 0,    false, "The method is not allowed here" },
[FE_D_TOO_LARGE]	= { 513, 4008, false, "The request is too large" },
[FE_D_BODY_TYPE]	= { 415, 4013, false, "The content type of the body is not the one expected" },
[FE_D_BODY_XML]		= { 400, 4001, false, "The XML body could not be parsed" },
[FE_D_BODY_TEXT]	= { 400, 4000, false, "The body could not be understood" },
[FE_D_AUTH_FAILED]	= { 401, 1000, false, "Final handshake failed" },
[FE_D_AUTH_SKEW]	= { 401, 1013, false, "Significant time skew detected during authentication" },
[FE_D_NOT_YOU]		= { 403, 4004, true,  "Credentials provided are not authorized to act as specified from URI" },
[FE_D_USER_UNKNOWN]	= { 404, 1003, false, "User does not exist" },
[FE_D_NOT_SIP_ENABLED]	= { 404, 4005, false, "Destination URI either not enabled for SIP or does not exist" },
[FE_D_DISABLED]		= { 403, 4141, true,  "User disabled" },
[FE_D_LOCKED]		= { 403, 4141, true,  "User account is locked" },
[FE_D_SLOWED]		= { 403, 4000, true,  "Too many failed sign-in attempts, try again later" },
[FE_D_LOOPBACK_ONLY]	= { 403, 4003, true,  "This user may sign in from this machine only" },
[FE_D_EPID_MISSING]	= { 400, 4010, false, "Endpoint identifier missing" },
[FE_D_EPID_LONG]	= { 400, 4012, false, "epid is too long" },
[FE_D_INSTANCE]		= { 400, 4010, false, "sip.instance does not belong to this epid" },
[FE_D_REG_EVENT]	= { 489, 4055, false, "Event header is not registration" },
[FE_D_GRUU_MISSING]	= { 421, 2057, false, "gruu-10 is required with msrtc-event-categories" },
[FE_D_TOO_BRIEF]	= { 423, 0,    false, "The registration time is too short" },
[FE_D_PROXY_REPLACE]	= { 400, 4000, false, "proxy=replace is allowed at the first hop and for its transport only" },
[FE_D_OFFLINE]		= { 480, 4000, false, "The user is not signed in" },
[FE_D_GRUU_GONE]	= { 480, 1006, false, "This endpoint is not signed in" },
[FE_D_DND]		= { 480, 4000, true,  "The user does not want to be disturbed" },
[FE_D_BLOCKED]		= { 480, 4000, false, "The user is not signed in" },
[FE_D_NO_METHOD]	= { 405, 0,    false, "No endpoint of the user takes this method" },
[FE_D_ROUTE]		= { 481, 1004, false, "Route set is no longer valid" },
[FE_D_DOMAIN]		= { 404, 1005, false, "Cannot route to destination domain" },
[FE_D_NO_DNS]		= { 404, 1008, false, "No address is known for the destination domain" },
[FE_D_NO_DIALOG]	= { 481, 0,    false, "There is no such dialog" },
[FE_D_TIMEOUT]		= { 408, 0,    false, "The other side did not answer" },
[FE_D_NEXT_HOP]		= { 504, 1007, false, "Temporarily cannot route" },
[FE_D_PROMPT_MISSING]	= { 404, 2000, false, "The subscriber to be acknowledged does not exist" },
[FE_D_CONTACT_MISSING]	= { 404, 2001, false, "The contact does not exist" },
[FE_D_GROUP_MISSING]	= { 404, 2002, false, "The group does not exist" },
[FE_D_READ_ONLY]	= { 403, 2003, false, "The publication belongs to the server" },
[FE_D_NOT_AUTHORISED]	= { 403, 2004, false, "The subscriber is not authorised" },
[FE_D_MEMBER_LIMIT]	= { 413, 2006, false, "Too many container members" },
[FE_D_CONTACT_LIMIT]	= { 413, 2007, false, "Too many contacts" },
[FE_D_GROUP_LIMIT]	= { 413, 2008, false, "Too many groups" },
[FE_D_EXTENSION_LIMIT]	= { 413, 2009, false, "The contact extension is too large" },
[FE_D_CATEGORY_LIMIT]	= { 413, 2010, false, "The publication is too large" },
[FE_D_SUBSCRIPTION_LIMIT] = { 413, 2012, false, "Too many category subscriptions" },
[FE_D_CATEGORIES_MISSING] = { 421, 2013, true, "msrtc-event-categories is required" },
[FE_D_SUBSCRIPTION_MISSING] = { 481, 2014, true, "The subscription does not exist" },
[FE_D_GROUP_NAME]	= { 409, 2015, false, "A group of this name exists already" },
[FE_D_RESUBSCRIBE]	= { 481, 2016, true,  "A new subscription is required" },
[FE_D_WRONG_DELTA]	= { 409, 4000, false, "The version is not the current one" },
[FE_D_CONF_UNKNOWN]	= { 404, 3003, false, "The meeting does not exist" },
[FE_D_CONF_EXPIRED]	= { 404, 3003, false, "The meeting has expired" },
[FE_D_CONF_URI]	= { 400, 3012, false, "The conference URI could not be understood" },
[FE_D_CONF_MCU_URI]	= { 404, 3013, false, "The meeting has no such conferencing server" },
[FE_D_CONF_BODY]	= { 400, 3006, false, "The C3P request could not be parsed" },
[FE_D_CONF_ADD_USER]	= { 400, 3007, false, "The addUser request is not valid" },
[FE_D_CONF_FROM]	= { 400, 3000, false, "From does not match the C3P request" },
[FE_D_CONF_TO]	= { 400, 3001, false, "To does not match the C3P request" },
[FE_D_CONF_NOT_INVITED]	= { 403, 3014, false, "The meeting is closed and the user is not invited" },
[FE_D_CONF_FEDERATED]	= { 403, 3014, false, "Users of other organisations may not join this meeting" },
[FE_D_CONF_ANONYMOUS]	= { 403, 3014, false, "Anonymous users may not join this meeting" },
[FE_D_CONF_LOCKED]	= { 403, 3014, false, "The meeting is locked" },
[FE_D_CONF_FULL]	= { 403, 3014, false, "The meeting is full" },
[FE_D_CONF_ENDING]	= { 503, 3014, false, "The meeting is just ending" },
[FE_D_CONF_NOT_JOINED]	= { 403, 3014, false, "Join the meeting first" },
[FE_D_CONF_UNAUTHORIZED]	= { 403, 3014, false, "The role in the meeting does not allow this" },
[FE_D_CONF_COMMAND]	= { 403, 3004, false, "The C3P command is not known here" },
[FE_D_CONF_NO_TIMER]	= { 400, 3010, false, "Session timers are required" },
[FE_D_CONF_NO_MCU]	= { 503, 3011, false, "No conferencing server is available" },
[FE_D_CONF_NOT_ENABLED]	= { 403, 3008, false, "The meeting policy does not allow this" },
[FE_D_CONF_KEY]	= { 401, 3008, false, "The conference key is wrong" },
[FE_D_GROUP_LARGE]	= { 403, 4000, false, "The group has too many members to be invited at once" },
[FE_D_GROUP_MEETING]	= { 404, 1003, false, "This is a group: invite it to a meeting" },
[FE_D_DATABASE]		= { 503, 4000, false, "The database cannot be reached, try again shortly" },
[FE_D_OVERLOAD]		= { 503, 4000, false, "The server is overloaded, try again shortly" },
[FE_D_INTERNAL]		= { 500, 4000, false, "The server could not do this" },
};
/* clang-format on */

enum { RETRY_AFTER_SECS = 10 };

struct ply_sip_reply fe_diag_reply(const struct fe *fe, enum fe_diag why)
{
	const struct row *row = &rows[why];

	return (struct ply_sip_reply){
		.status = row->status,
		.diag = row->id,
		.diag_public = row->pub,
		.diag_reason = row->reason,
		.source = fe->fqdn,
		.retry_after = row->status == 503 ? RETRY_AFTER_SECS : 0,
	};
}

PLY_COUNTER(refused, "parley_frontend_refused_total", "requests answered with a refusal");

void fe_refuse(struct fe_req *q, enum fe_diag why, const char *detail)
{
	struct ply_sip_reply r = fe_diag_reply(q->fe, why);

	if (detail)
		r.diag_reason = detail;
	ply_counter_inc(&refused);
	ply_info(q->sender ? &q->sender->log : &q->fe->log, "request.refused",
		 KSL("method", q->msg->method_name), KI("status", r.status), KI("diag", r.diag),
		 KS("reason", r.diag_reason), KS("from", q->from_aor),
		 KSL("call", ply_sip_hdr(q->msg, PLY_HDR_CALL_ID)));
	fe_req_reply(q, &r);
}

void fe_refuse_err(struct fe_req *q, int r)
{
	switch (r) {
	case -ETIMEDOUT:
	case -ECONNRESET:
	case -ECANCELED:
	case -ENOTCONN:
		fe_refuse(q, FE_D_DATABASE, NULL);
		return;
	case -ENOBUFS:
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return;
	default:
		ply_error(&q->fe->log, "request.failed", KSL("method", q->msg->method_name),
			  KI("err", r), KS("from", q->from_aor));
		fe_refuse(q, FE_D_INTERNAL, NULL);
	}
}
