#include "base/conf_internal.h"

#include "base/mem.h"

enum { WORD = 40 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Levenshtein distance; words over WORD letters count as far. */
static unsigned distance(struct ply_slice a, struct ply_slice b)
{
	unsigned row[WORD + 1];

	if (a.len > WORD || b.len > WORD)
		return WORD;
	for (unsigned j = 0; j <= b.len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned diag = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned up = row[j];
			unsigned same = diag + (a.p[i - 1] != b.p[j - 1]);

			row[j] = least(least(up, row[j - 1]) + 1, same);
			diag = up;
		}
	}
	return row[b.len];
}

const char *ply_conf_nearest(const char *best, struct ply_slice word, const char *candidate,
			     unsigned *best_distance)
{
	unsigned d = distance(word, ply_slice_str(candidate));

	/* A third of the letters wrong is another word, not a slip. */
	if (d > 1 + word.len / 3 || (best && d >= *best_distance))
		return best;
	*best_distance = d;
	return candidate;
}

void ply_conf_print_help(const struct ply_conf_item *table, struct ply_strbuf *out)
{
	const char *section = "";

	for (; table->section; table++) {
		if (strcmp(section, table->section) != 0)
			ply_strbuf_addf(out, "%s[%s]\n", section[0] ? "\n" : "", table->section);
		section = table->section;
		ply_strbuf_addf(out, "\n# %s\n# ", table->help);
		ply_conf_expected(table, out);
		if (table->flags & PLY_CONF_REQUIRED)
			ply_strbuf_adds(out, "; required");
		if (table->flags & PLY_CONF_RELOAD)
			ply_strbuf_adds(out, "; a reload changes it");
		ply_strbuf_addf(out, "\n#%s = %s\n", table->key,
				!table->def                      ? ""
				: table->flags & PLY_CONF_SECRET ? "********"
								 : table->def);
	}
}

static void move(const struct ply_conf_item *item, void *live, void *fresh)
{
	void *to = ply_conf_field(item, live), *from = ply_conf_field(item, fresh);
	char *old;

	if (item->type == PLY_CONF_BOOL) {
		memcpy(to, from, sizeof(bool));
	} else if (!ply_conf_is_text(item)) {
		memcpy(to, from, sizeof(uint32_t));
	} else {
		memcpy(&old, to, sizeof old);
		memcpy(to, from, sizeof old);
		memset(from, 0, sizeof old);
		ply_free(old);
	}
}

static bool same(const struct ply_conf_item *item, void *live, void *fresh)
{
	const void *a = ply_conf_field(item, live), *b = ply_conf_field(item, fresh);
	const char *s, *t;

	if (item->type == PLY_CONF_BOOL)
		return memcmp(a, b, sizeof(bool)) == 0;
	if (!ply_conf_is_text(item))
		return memcmp(a, b, sizeof(uint32_t)) == 0;
	memcpy(&s, a, sizeof s);
	memcpy(&t, b, sizeof t);
	return s == t || (s && t && strcmp(s, t) == 0);
}

unsigned ply_conf_reload(const struct ply_conf_item *table, void *live, void *fresh,
			 struct ply_strbuf *report)
{
	unsigned n = 0;

	for (; table->section; table++) {
		if (same(table, live, fresh))
			continue;
		ply_strbuf_addf(report, "%s: ", table->key);
		if (table->flags & PLY_CONF_RELOAD) {
			ply_conf_print_value(table, live, report);
			ply_strbuf_adds(report, " -> ");
			ply_conf_print_value(table, fresh, report);
			ply_strbuf_addc(report, '\n');
			move(table, live, fresh);
			n++;
		} else {
			ply_strbuf_adds(report, "needs a restart\n");
		}
	}
	return n;
}
