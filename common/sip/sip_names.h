/* Name tables and character classes shared by the files of this module. Rank 3. */
#ifndef PLY_SIP_SIP_NAMES_H
#define PLY_SIP_SIP_NAMES_H

#include "sip/sip_msg.h"

/* The long form of a compact header name ("x" gives "Session-Expires"), any other name itself. */
struct ply_slice ply_sip_long_name(struct ply_slice name);

static inline bool ply_sip_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ply_sip_is_alnum(char c)
{
	return ply_sip_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 3261 §25.1: token */
static inline bool ply_sip_is_token(char c)
{
	return ply_sip_is_alnum(c) || (c && strchr("-.!%*_+`'~", c));
}

static inline bool ply_sip_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* LWS: blanks and, inside a folded value, line ends. */
static inline bool ply_sip_is_lws(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

#endif
