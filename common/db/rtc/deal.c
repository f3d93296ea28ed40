#include "db/rtc/rtc_internal.h"

#include "base/mem.h"

#include <errno.h>

/* Both sides are in the same order, so one walk does it. */
int ply_rtc_deal(const struct ply_db_res *res, size_t st, const struct ply_rtc_rows *k,
		 const struct ply_rtc_owners *o, void **out)
{
	size_t rows = ply_db_rows(res, st), at = 0;
	char *arr = ply_calloc(rows + 1, k->size);

	*out = arr;
	if (!arr)
		return -ENOMEM;
	for (size_t i = 0; i < rows; i++)
		k->row(res, i, arr + i * k->size);
	for (size_t i = 0; i < o->n; i++) {
		void *owner = (char *)o->first + i * o->size;
		size_t from = at;

		while (from < rows && ply_db_i64(res, st, from, 0) != o->id(owner))
			from++;
		if (from == rows)
			from = at;
		for (at = from; at < rows && ply_db_i64(res, st, at, 0) == o->id(owner);)
			at++;
		k->place(owner, arr + from * k->size, at - from);
	}
	return 0;
}
