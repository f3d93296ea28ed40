/* Sequence window of a security association. [MS-SIPAE] 3.3.5: 256 numbers wide. */
#include "auth/sa.h"

#include <string.h>

enum { WIDTH = 256, WORD = 64, WORDS = WIDTH / WORD };

void ply_seqwin_init(struct ply_seqwin *w)
{
	memset(w, 0, sizeof *w);
	w->low = 1;
}

/* Bit of n, counted by the number itself, so that sliding needs no shifting. */
static uint64_t bit(uint32_t n)
{
	return (uint64_t)1 << (n % WORD);
}

static size_t word(uint32_t n)
{
	return n / WORD % WORDS;
}

bool ply_seqwin_fresh(const struct ply_seqwin *w, uint32_t n)
{
	if (n < w->low)
		return false;
	if (n - w->low >= WIDTH)
		return true;
	return !(w->seen[word(n)] & bit(n));
}

static void slide(struct ply_seqwin *w, uint32_t new_low)
{
	if (new_low - w->low >= WIDTH) {
		memset(w->seen, 0, sizeof w->seen);
		w->low = new_low;
		return;
	}
	for (; w->low != new_low; w->low++)
		w->seen[word(w->low)] &= ~bit(w->low);
}

void ply_seqwin_mark(struct ply_seqwin *w, uint32_t n)
{
	if (n - w->low >= WIDTH)
		slide(w, n - WIDTH + 1);
	w->seen[word(n)] |= bit(n);
}
