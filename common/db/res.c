/* Rows in PostgreSQL's binary format. */
#include "db/db_internal.h"

#include <stdlib.h>

#define PG_EPOCH_MS 946684800000LL /* 2000-01-01 */

size_t ply_db_rows(const struct ply_db_res *res, size_t st)
{
	return st < res->n ? (size_t)PQntuples(res->res[st]) : 0;
}

size_t ply_db_affected(const struct ply_db_res *res, size_t st)
{
	return st < res->n ? (size_t)strtoul(PQcmdTuples(res->res[st]), NULL, 10) : 0;
}

bool ply_db_is_null(const struct ply_db_res *res, size_t st, size_t row, size_t col)
{
	return PQgetisnull(res->res[st], (int)row, (int)col);
}

struct ply_slice ply_db_text(const struct ply_db_res *res, size_t st, size_t row, size_t col)
{
	if (ply_db_is_null(res, st, row, col))
		return ply_slice(NULL, 0);
	return ply_slice(PQgetvalue(res->res[st], (int)row, (int)col),
			 (size_t)PQgetlength(res->res[st], (int)row, (int)col));
}

int64_t ply_db_i64(const struct ply_db_res *res, size_t st, size_t row, size_t col)
{
	struct ply_slice s = ply_db_text(res, st, row, col);
	uint64_t v = 0;

	if (!s.len || s.len > 8)
		return 0;
	if (s.len > 1 && (unsigned char)s.p[0] & 0x80)
		v = UINT64_MAX;
	for (size_t i = 0; i < s.len; i++)
		v = v << 8 | (unsigned char)s.p[i];
	return (int64_t)v;
}

uint32_t ply_db_u32(const struct ply_db_res *res, size_t st, size_t row, size_t col)
{
	return (uint32_t)ply_db_i64(res, st, row, col);
}

uint64_t ply_db_time(const struct ply_db_res *res, size_t st, size_t row, size_t col)
{
	if (ply_db_is_null(res, st, row, col))
		return 0;
	return (uint64_t)(ply_db_i64(res, st, row, col) / 1000 + PG_EPOCH_MS);
}
