/* Methods, header names and reason phrases by number. */
#include "sip/sip_names.h"

/* clang-format off */
static const struct ply_slice methods[PLY_SIP_N_METHOD] = {
	[PLY_SIP_OTHER]     = PLY_SLICE_LIT(""),
	[PLY_SIP_INVITE]    = PLY_SLICE_LIT("INVITE"),
	[PLY_SIP_ACK]       = PLY_SLICE_LIT("ACK"),
	[PLY_SIP_CANCEL]    = PLY_SLICE_LIT("CANCEL"),
	[PLY_SIP_BYE]       = PLY_SLICE_LIT("BYE"),
	[PLY_SIP_OPTIONS]   = PLY_SLICE_LIT("OPTIONS"),
	[PLY_SIP_REGISTER]  = PLY_SLICE_LIT("REGISTER"),
	[PLY_SIP_INFO]      = PLY_SLICE_LIT("INFO"),
	[PLY_SIP_PRACK]     = PLY_SLICE_LIT("PRACK"),
	[PLY_SIP_UPDATE]    = PLY_SLICE_LIT("UPDATE"),
	[PLY_SIP_MESSAGE]   = PLY_SLICE_LIT("MESSAGE"),
	[PLY_SIP_SUBSCRIBE] = PLY_SLICE_LIT("SUBSCRIBE"),
	[PLY_SIP_NOTIFY]    = PLY_SLICE_LIT("NOTIFY"),
	[PLY_SIP_REFER]     = PLY_SLICE_LIT("REFER"),
	[PLY_SIP_PUBLISH]   = PLY_SLICE_LIT("PUBLISH"),
	[PLY_SIP_SERVICE]   = PLY_SLICE_LIT("SERVICE"),
	[PLY_SIP_BENOTIFY]  = PLY_SLICE_LIT("BENOTIFY"),
	[PLY_SIP_NEGOTIATE] = PLY_SLICE_LIT("NEGOTIATE"),
};

static const struct ply_slice headers[PLY_HDR_N] = {
	[PLY_HDR_OTHER]                     = PLY_SLICE_LIT(""),
	[PLY_HDR_VIA]                       = PLY_SLICE_LIT("Via"),
	[PLY_HDR_FROM]                      = PLY_SLICE_LIT("From"),
	[PLY_HDR_TO]                        = PLY_SLICE_LIT("To"),
	[PLY_HDR_CALL_ID]                   = PLY_SLICE_LIT("Call-ID"),
	[PLY_HDR_CSEQ]                      = PLY_SLICE_LIT("CSeq"),
	[PLY_HDR_CONTACT]                   = PLY_SLICE_LIT("Contact"),
	[PLY_HDR_MAX_FORWARDS]              = PLY_SLICE_LIT("Max-Forwards"),
	[PLY_HDR_ROUTE]                     = PLY_SLICE_LIT("Route"),
	[PLY_HDR_RECORD_ROUTE]              = PLY_SLICE_LIT("Record-Route"),
	[PLY_HDR_CONTENT_LENGTH]            = PLY_SLICE_LIT("Content-Length"),
	[PLY_HDR_CONTENT_TYPE]              = PLY_SLICE_LIT("Content-Type"),
	[PLY_HDR_EXPIRES]                   = PLY_SLICE_LIT("Expires"),
	[PLY_HDR_MIN_EXPIRES]               = PLY_SLICE_LIT("Min-Expires"),
	[PLY_HDR_EVENT]                     = PLY_SLICE_LIT("Event"),
	[PLY_HDR_ALLOW_EVENTS]              = PLY_SLICE_LIT("Allow-Events"),
	[PLY_HDR_SUBSCRIPTION_STATE]        = PLY_SLICE_LIT("Subscription-State"),
	[PLY_HDR_SUPPORTED]                 = PLY_SLICE_LIT("Supported"),
	[PLY_HDR_REQUIRE]                   = PLY_SLICE_LIT("Require"),
	[PLY_HDR_PROXY_REQUIRE]             = PLY_SLICE_LIT("Proxy-Require"),
	[PLY_HDR_UNSUPPORTED]               = PLY_SLICE_LIT("Unsupported"),
	[PLY_HDR_ACCEPT]                    = PLY_SLICE_LIT("Accept"),
	[PLY_HDR_USER_AGENT]                = PLY_SLICE_LIT("User-Agent"),
	[PLY_HDR_AUTHORIZATION]             = PLY_SLICE_LIT("Authorization"),
	[PLY_HDR_PROXY_AUTHORIZATION]       = PLY_SLICE_LIT("Proxy-Authorization"),
	[PLY_HDR_WWW_AUTHENTICATE]          = PLY_SLICE_LIT("WWW-Authenticate"),
	[PLY_HDR_PROXY_AUTHENTICATE]        = PLY_SLICE_LIT("Proxy-Authenticate"),
	[PLY_HDR_AUTHENTICATION_INFO]       = PLY_SLICE_LIT("Authentication-Info"),
	[PLY_HDR_PROXY_AUTHENTICATION_INFO] = PLY_SLICE_LIT("Proxy-Authentication-Info"),
	[PLY_HDR_P_ASSERTED_IDENTITY]       = PLY_SLICE_LIT("P-Asserted-Identity"),
	[PLY_HDR_P_PREFERRED_IDENTITY]      = PLY_SLICE_LIT("P-Preferred-Identity"),
	[PLY_HDR_REASON]                    = PLY_SLICE_LIT("Reason"),
	[PLY_HDR_REFER_TO]                  = PLY_SLICE_LIT("Refer-To"),
	[PLY_HDR_REFERRED_BY]               = PLY_SLICE_LIT("Referred-By"),
	[PLY_HDR_SIP_ETAG]                  = PLY_SLICE_LIT("SIP-ETag"),
	[PLY_HDR_SIP_IF_MATCH]              = PLY_SLICE_LIT("SIP-If-Match"),
	[PLY_HDR_SUBJECT]                   = PLY_SLICE_LIT("Subject"),
	[PLY_HDR_WARNING]                   = PLY_SLICE_LIT("Warning"),
	[PLY_HDR_RETRY_AFTER]               = PLY_SLICE_LIT("Retry-After"),
	[PLY_HDR_MS_DIAGNOSTICS]            = PLY_SLICE_LIT("ms-diagnostics"),
	[PLY_HDR_MS_DIAGNOSTICS_PUBLIC]     = PLY_SLICE_LIT("ms-diagnostics-public"),
	[PLY_HDR_MS_KEEP_ALIVE]             = PLY_SLICE_LIT("ms-keep-alive"),
	[PLY_HDR_MS_TEXT_FORMAT]            = PLY_SLICE_LIT("ms-text-format"),
	[PLY_HDR_MS_SENDER]                 = PLY_SLICE_LIT("Ms-Sender"),
	[PLY_HDR_PATH]                      = PLY_SLICE_LIT("Path"),
};

/* The known names of each length: a look-up compares one or two texts. */
enum { MAX_NAME = 25, MAX_SAME = 6 };
static const uint8_t by_len[MAX_NAME + 1][MAX_SAME] = {
	[2]  = {PLY_HDR_TO},
	[3]  = {PLY_HDR_VIA},
	[4]  = {PLY_HDR_FROM, PLY_HDR_CSEQ, PLY_HDR_PATH},
	[5]  = {PLY_HDR_ROUTE, PLY_HDR_EVENT},
	[6]  = {PLY_HDR_ACCEPT, PLY_HDR_REASON},
	[7]  = {PLY_HDR_CALL_ID, PLY_HDR_CONTACT, PLY_HDR_EXPIRES, PLY_HDR_REQUIRE, PLY_HDR_SUBJECT,
		PLY_HDR_WARNING},
	[8]  = {PLY_HDR_REFER_TO, PLY_HDR_SIP_ETAG},
	[9]  = {PLY_HDR_SUPPORTED, PLY_HDR_MS_SENDER},
	[10] = {PLY_HDR_USER_AGENT},
	[11] = {PLY_HDR_REFERRED_BY, PLY_HDR_MIN_EXPIRES, PLY_HDR_UNSUPPORTED, PLY_HDR_RETRY_AFTER},
	[12] = {PLY_HDR_MAX_FORWARDS, PLY_HDR_CONTENT_TYPE, PLY_HDR_RECORD_ROUTE,
		PLY_HDR_ALLOW_EVENTS, PLY_HDR_SIP_IF_MATCH},
	[13] = {PLY_HDR_AUTHORIZATION, PLY_HDR_PROXY_REQUIRE, PLY_HDR_MS_KEEP_ALIVE},
	[14] = {PLY_HDR_CONTENT_LENGTH, PLY_HDR_MS_DIAGNOSTICS, PLY_HDR_MS_TEXT_FORMAT},
	[16] = {PLY_HDR_WWW_AUTHENTICATE},
	[18] = {PLY_HDR_SUBSCRIPTION_STATE, PLY_HDR_PROXY_AUTHENTICATE},
	[19] = {PLY_HDR_AUTHENTICATION_INFO, PLY_HDR_P_ASSERTED_IDENTITY, PLY_HDR_PROXY_AUTHORIZATION},
	[20] = {PLY_HDR_P_PREFERRED_IDENTITY},
	[21] = {PLY_HDR_MS_DIAGNOSTICS_PUBLIC},
	[25] = {PLY_HDR_PROXY_AUTHENTICATION_INFO},
};

/* Compact forms: RFC 3261 §7.3.3, RFC 3515, 3892, 6665, 3841, 4028, 8224. */
static const struct {
	uint8_t id;
	const char *name;
} compact[26] = {
	['a' - 'a'] = {PLY_HDR_OTHER, "Accept-Contact"},
	['b' - 'a'] = {PLY_HDR_REFERRED_BY, "Referred-By"},
	['c' - 'a'] = {PLY_HDR_CONTENT_TYPE, "Content-Type"},
	['d' - 'a'] = {PLY_HDR_OTHER, "Request-Disposition"},
	['e' - 'a'] = {PLY_HDR_OTHER, "Content-Encoding"},
	['f' - 'a'] = {PLY_HDR_FROM, "From"},
	['i' - 'a'] = {PLY_HDR_CALL_ID, "Call-ID"},
	['j' - 'a'] = {PLY_HDR_OTHER, "Reject-Contact"},
	['k' - 'a'] = {PLY_HDR_SUPPORTED, "Supported"},
	['l' - 'a'] = {PLY_HDR_CONTENT_LENGTH, "Content-Length"},
	['m' - 'a'] = {PLY_HDR_CONTACT, "Contact"},
	['n' - 'a'] = {PLY_HDR_OTHER, "Identity-Info"},
	['o' - 'a'] = {PLY_HDR_EVENT, "Event"},
	['r' - 'a'] = {PLY_HDR_REFER_TO, "Refer-To"},
	['s' - 'a'] = {PLY_HDR_SUBJECT, "Subject"},
	['t' - 'a'] = {PLY_HDR_TO, "To"},
	['u' - 'a'] = {PLY_HDR_ALLOW_EVENTS, "Allow-Events"},
	['v' - 'a'] = {PLY_HDR_VIA, "Via"},
	['x' - 'a'] = {PLY_HDR_OTHER, "Session-Expires"},
	['y' - 'a'] = {PLY_HDR_OTHER, "Identity"},
};

static const struct {
	uint16_t status;
	const char *text;
} reasons[] = {
	{100, "Trying"}, {180, "Ringing"}, {181, "Call Is Being Forwarded"}, {182, "Queued"},
	{183, "Session Progress"}, {199, "Early Dialog Terminated"},
	{200, "OK"}, {202, "Accepted"}, {204, "No Notification"},
	{300, "Multiple Choices"}, {301, "Moved Permanently"}, {302, "Moved Temporarily"},
	{303, "Redirect"}, {305, "Use Proxy"}, {380, "Alternative Service"},
	{400, "Bad Request"}, {401, "Unauthorized"}, {402, "Payment Required"}, {403, "Forbidden"},
	{404, "Not Found"}, {405, "Method Not Allowed"}, {406, "Not Acceptable"},
	{407, "Proxy Authentication Required"}, {408, "Request Timeout"}, {409, "Conflict"}, {410, "Gone"},
	{411, "Length Required"}, {412, "Conditional Request Failed"}, {413, "Request Entity Too Large"},
	{414, "Request-URI Too Long"}, {415, "Unsupported Media Type"}, {416, "Unsupported URI Scheme"},
	{420, "Bad Extension"}, {421, "Extension Required"}, {422, "Session Interval Too Small"},
	{423, "Interval Too Brief"}, {424, "Bad Location Information"}, {428, "Use Identity Header"},
	{429, "Provide Referrer Identity"}, {430, "Flow Failed"}, {433, "Anonymity Disallowed"},
	{436, "Bad Identity-Info"}, {437, "Unsupported Certificate"}, {438, "Invalid Identity Header"},
	{439, "First Hop Lacks Outbound Support"}, {440, "Max-Breadth Exceeded"}, {469, "Bad Info Package"},
	{480, "Temporarily Unavailable"}, {481, "Call/Transaction Does Not Exist"}, {482, "Loop Detected"},
	{483, "Too Many Hops"}, {484, "Address Incomplete"}, {485, "Ambiguous"}, {486, "Busy Here"},
	{487, "Request Terminated"}, {488, "Not Acceptable Here"}, {489, "Bad Event"},
	{491, "Request Pending"}, {493, "Undecipherable"}, {494, "Security Agreement Required"},
	{500, "Server Internal Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
	{503, "Service Unavailable"}, {504, "Server Time-out"}, {505, "Version Not Supported"},
	{513, "Message Too Large"}, {580, "Precondition Failure"},
	{600, "Busy Everywhere"}, {603, "Decline"}, {604, "Does Not Exist Anywhere"}, {606, "Not Acceptable"},
	{607, "Unwanted"},
};
/* clang-format on */

/* b is a token of letters, digits and '-': folding bit 5 cannot make two of them equal wrongly
 * except where a is no such token, which the exact compare of letters below refuses. */
static bool same_name(const char *a, const char *b, size_t n)
{
	if (memcmp(a, b, n) == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)a[i], y = (unsigned char)b[i];

		if (x == y)
			continue;
		if ((x ^ y) != 0x20 || (x | 0x20) < 'a' || (x | 0x20) > 'z')
			return false;
	}
	return true;
}

enum ply_sip_hdr ply_sip_hdr_of(struct ply_slice name)
{
	if (name.len == 1) {
		unsigned c = ((unsigned char)name.p[0] | 0x20U) - 'a';

		return c < 26 && name.p[0] >= 'A' ? compact[c].id : PLY_HDR_OTHER;
	}
	if (name.len > MAX_NAME || !name.len)
		return PLY_HDR_OTHER;
	for (size_t i = 0; i < MAX_SAME && by_len[name.len][i]; i++) {
		unsigned id = by_len[name.len][i];

		if ((name.p[0] | 0x20) == (headers[id].p[0] | 0x20) &&
		    same_name(name.p, headers[id].p, name.len))
			return (enum ply_sip_hdr)id;
	}
	return PLY_HDR_OTHER;
}

const char *ply_sip_hdr_name(enum ply_sip_hdr id)
{
	return (unsigned)id < PLY_HDR_N ? headers[id].p : "";
}

struct ply_slice ply_sip_long_name(struct ply_slice name)
{
	unsigned c;

	if (name.len != 1 || name.p[0] < 'A')
		return name;
	c = ((unsigned char)name.p[0] | 0x20U) - 'a';
	return c < 26 && compact[c].name ? ply_slice_str(compact[c].name) : name;
}

/* RFC 3261 §7.1: methods compare with case. */
enum ply_sip_method ply_sip_method_of(struct ply_slice name)
{
	if (name.len < 3)
		return PLY_SIP_OTHER;
	for (unsigned i = 1; i < PLY_SIP_N_METHOD; i++)
		if (methods[i].len == name.len && methods[i].p[0] == name.p[0] &&
		    memcmp(methods[i].p, name.p, name.len) == 0)
			return (enum ply_sip_method)i;
	return PLY_SIP_OTHER;
}

const char *ply_sip_method_name(enum ply_sip_method m)
{
	return (unsigned)m < PLY_SIP_N_METHOD ? methods[m].p : "";
}

const char *ply_sip_reason(unsigned status)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "";
}
