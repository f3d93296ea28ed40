/* Descriptions of IM sessions: "m=message 5060 sip <uri>" and accept-types; there is no media.
 * Other lines of an offer are refused with port 0 (RFC 3264 §6). */
#include "mcu-im/mim.h"

static bool is_message(struct ply_slice line)
{
	struct ply_slice word;

	if (!ply_slice_starts(line, "m=message ") && !ply_slice_starts(line, "m=x-ms-message "))
		return false;
	for (int i = 0; i < 3; i++) /* media, port, protocol: MSRP is another thing */
		if (!ply_slice_split(&line, ' ', &word))
			return false;
	return ply_slice_caseis(ply_slice_trim(word), "sip");
}

bool mim_sdp_read(struct ply_slice offer, struct ply_slice *accept)
{
	struct ply_slice line;
	bool ours = false, any = false;

	*accept = ply_slice("", 0);
	while (offer.len && ply_slice_split(&offer, '\n', &line)) {
		line = ply_slice_trim(line);
		any = any || line.len;
		if (ply_slice_starts(line, "m=")) {
			if (ours)
				break;
			ours = is_message(line);
		} else if (ours && ply_slice_starts(line, "a=accept-types:")) {
			*accept = ply_slice_trim(ply_slice_from(line, strlen("a=accept-types:")));
		}
	}
	return ours || !any;
}

bool mim_sdp_takes(struct ply_slice answer)
{
	struct ply_slice line, media, port;

	while (answer.len && ply_slice_split(&answer, '\n', &line)) {
		line = ply_slice_trim(line);
		if (!is_message(line))
			continue;
		(void)ply_slice_split(&line, ' ', &media);
		return ply_slice_split(&line, ' ', &port) && !ply_slice_is(port, "0");
	}
	return false;
}

static void add_message(struct ply_strbuf *out, const char *media, const char *uri, unsigned port)
{
	ply_strbuf_addf(out, "%s %u sip %s\r\na=accept-types:" MIM_ACCEPT_TYPES "\r\n", media, port,
			uri);
}

/* "m=audio 0 RTP/AVP 0" */
static void refuse_line(struct ply_strbuf *out, struct ply_slice line)
{
	struct ply_slice media, port;

	(void)ply_slice_split(&line, ' ', &media);
	if (!ply_slice_split(&line, ' ', &port))
		return;
	ply_strbuf_add_slice(out, media);
	ply_strbuf_adds(out, " 0 ");
	ply_strbuf_add_slice(out, line);
	ply_strbuf_adds(out, "\r\n");
}

void mim_sdp_answer(struct ply_strbuf *out, struct ply_slice offer, const char *uri, unsigned port)
{
	struct ply_slice line;
	bool ours = false;

	ply_strbuf_adds(out, "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=session\r\nc=IN IP4 0.0.0.0\r\n"
			     "t=0 0\r\n");
	while (offer.len && ply_slice_split(&offer, '\n', &line)) {
		line = ply_slice_trim(line);
		if (!ply_slice_starts(line, "m="))
			continue;
		if (!ours && is_message(line)) {
			ours = true;
			add_message(out,
				    ply_slice_starts(line, "m=x-") ? "m=x-ms-message" : "m=message",
				    uri, port);
		} else {
			refuse_line(out, line);
		}
	}
	if (!ours)
		add_message(out, "m=message", uri, port);
}
