/* The one symbol of libsofia-sip-ua that is replaced. The packaged sip_method_d compares the length
 * of the method with that of the known method it tried last for the first letter, so SERVICE (7)
 * loses against SUBSCRIBE (9) and the whole message is refused; it also refuses methods with token
 * characters outside "unreserved" (RFC 3261 §25.1: Method = token). The library calls the function
 * through its PLT and takes ours as long as ours comes first: libparley exports it (parley.map),
 * and sip_parse.c refers to it so that a static link takes this file. */
#include "sip/sip_msg.h"

#include <sofia-sip/bnf.h>
#include <sofia-sip/sip_parser.h>

static const signed char sofia_code[PLY_SIP_N_METHOD] = {
	[PLY_SIP_INVITE] = sip_method_invite,       [PLY_SIP_ACK] = sip_method_ack,
	[PLY_SIP_CANCEL] = sip_method_cancel,       [PLY_SIP_BYE] = sip_method_bye,
	[PLY_SIP_OPTIONS] = sip_method_options,     [PLY_SIP_REGISTER] = sip_method_register,
	[PLY_SIP_INFO] = sip_method_info,           [PLY_SIP_PRACK] = sip_method_prack,
	[PLY_SIP_UPDATE] = sip_method_update,       [PLY_SIP_MESSAGE] = sip_method_message,
	[PLY_SIP_SUBSCRIBE] = sip_method_subscribe, [PLY_SIP_NOTIFY] = sip_method_notify,
	[PLY_SIP_REFER] = sip_method_refer,         [PLY_SIP_PUBLISH] = sip_method_publish,
};

/* Contract of the original: *text moves past the method and the blanks after it; the name is
 * NUL-terminated in place when the method is unknown. */
sip_method_t sip_method_d(char **text, char const **return_name)
{
	char *s = *text;
	size_t n = 0;
	const char *name = s;
	enum ply_sip_method m;
	sip_method_t code;

	while (IS_TOKEN(s[n]))
		n++;
	if (!n || (s[n] && !IS_LWS(s[n])))
		return sip_method_invalid;
	m = ply_sip_method_of(ply_slice(s, n));
	code = (sip_method_t)sofia_code[m]; /* 0 is sip_method_unknown */
	if (code != sip_method_unknown)
		name = ply_sip_method_name(m);
	else if (s[n] && return_name)
		s[n++] = '\0';
	while (IS_LWS(s[n]))
		n++;
	*text = s + n;
	if (return_name)
		*return_name = name;
	return code;
}
