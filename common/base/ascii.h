/* Letters and digits of protocol text: ASCII alone, whatever the locale. Rank 0. */
#ifndef PLY_BASE_ASCII_H
#define PLY_BASE_ASCII_H

static inline char ply_ascii_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static inline char ply_ascii_upper(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
}

/* 0 to 15, -1 for anything but a hexadecimal digit. */
static inline int ply_ascii_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ply_ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Two hexadecimal digits: 0 to 255, or -1. */
static inline int ply_ascii_hex2(const char *two)
{
	int hi = ply_ascii_hex(two[0]), lo = ply_ascii_hex(two[1]);

	return hi < 0 || lo < 0 ? -1 : hi << 4 | lo;
}

static inline void ply_ascii_lower_str(char *s)
{
	for (; *s; s++)
		*s = ply_ascii_lower(*s);
}

#endif
