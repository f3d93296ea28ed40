/* Arguments in PostgreSQL's binary format. */
#include "db/exec.h"

#include <limits.h>

#define PG_EPOCH_MS 946684800000LL /* 2000-01-01 */

static void put_be32(struct ply_db_args *a, uint32_t v)
{
	const unsigned char b[4] = {(unsigned char)(v >> 24), (unsigned char)(v >> 16),
				    (unsigned char)(v >> 8), (unsigned char)v};

	ply_strbuf_add(&a->buf, (const char *)b, sizeof(b));
}

static void put_be64(struct ply_db_args *a, uint64_t v)
{
	put_be32(a, (uint32_t)(v >> 32));
	put_be32(a, (uint32_t)v);
}

static void put_time(struct ply_db_args *a, uint64_t wall_ms)
{
	put_be64(a, (uint64_t)(((int64_t)wall_ms - PG_EPOCH_MS) * 1000));
}

static void patch_be32(struct ply_db_args *a, size_t off, uint32_t v)
{
	if (ply_strbuf_err(&a->buf))
		return;
	for (size_t i = 0; i < 4; i++)
		a->buf.p[off + i] = (char)(unsigned char)(v >> (24 - 8 * i));
}

static void begin(struct ply_db_args *a)
{
	if (a->n == PLY_DB_ARGS_MAX || a->buf.len > PLY_DB_UNIT_BYTES) {
		a->overflow = true;
		a->n = a->n ? a->n - 1 : 0;
	}
	a->v[a->n].off = (uint32_t)a->buf.len;
}

static void end(struct ply_db_args *a)
{
	a->v[a->n].len = (int32_t)(a->buf.len - a->v[a->n].off);
	a->n++;
}

void ply_db_args_deinit(struct ply_db_args *a)
{
	ply_strbuf_deinit(&a->buf);
	a->n = 0;
}

void ply_db_arg_null(struct ply_db_args *a)
{
	begin(a);
	a->v[a->n++].len = -1;
}

void ply_db_arg_bytes(struct ply_db_args *a, const void *p, size_t len)
{
	if (!p || len > PLY_DB_UNIT_BYTES) {
		a->overflow |= p != NULL;
		ply_db_arg_null(a);
		return;
	}
	begin(a);
	ply_strbuf_add(&a->buf, p, len);
	end(a);
}

void ply_db_arg_text(struct ply_db_args *a, struct ply_slice s)
{
	ply_db_arg_bytes(a, s.p, s.len);
}

void ply_db_arg_i32(struct ply_db_args *a, int32_t v)
{
	begin(a);
	put_be32(a, (uint32_t)v);
	end(a);
}

void ply_db_arg_i64(struct ply_db_args *a, int64_t v)
{
	begin(a);
	put_be64(a, (uint64_t)v);
	end(a);
}

void ply_db_arg_time(struct ply_db_args *a, uint64_t wall_ms)
{
	if (!wall_ms) {
		ply_db_arg_null(a);
		return;
	}
	begin(a);
	put_time(a, wall_ms);
	end(a);
}

/* Dimensions, has-null flag, element type, length, lower bound; then length and bytes of each. */
void ply_db_arr_open(struct ply_db_args *a, enum ply_db_type type)
{
	begin(a);
	a->arr = a->buf.len;
	a->arr_n = 0;
	a->arr_null = false;
	put_be32(a, 1);
	put_be32(a, 0);
	put_be32(a, (uint32_t)type);
	put_be32(a, 0);
	put_be32(a, 1);
}

void ply_db_arr_null(struct ply_db_args *a)
{
	a->arr_n++;
	a->arr_null = true;
	put_be32(a, UINT32_MAX);
}

void ply_db_arr_bytes(struct ply_db_args *a, const void *p, size_t len)
{
	if (!p || len > PLY_DB_UNIT_BYTES || a->buf.len > PLY_DB_UNIT_BYTES) {
		a->overflow |= p != NULL;
		ply_db_arr_null(a);
		return;
	}
	a->arr_n++;
	put_be32(a, (uint32_t)len);
	ply_strbuf_add(&a->buf, p, len);
}

void ply_db_arr_text(struct ply_db_args *a, struct ply_slice s)
{
	ply_db_arr_bytes(a, s.p, s.len);
}

void ply_db_arr_i32(struct ply_db_args *a, int32_t v)
{
	a->arr_n++;
	put_be32(a, 4);
	put_be32(a, (uint32_t)v);
}

void ply_db_arr_i64(struct ply_db_args *a, int64_t v)
{
	a->arr_n++;
	put_be32(a, 8);
	put_be64(a, (uint64_t)v);
}

void ply_db_arr_time(struct ply_db_args *a, uint64_t wall_ms)
{
	if (!wall_ms) {
		ply_db_arr_null(a);
		return;
	}
	a->arr_n++;
	put_be32(a, 8);
	put_time(a, wall_ms);
}

void ply_db_arr_close(struct ply_db_args *a)
{
	patch_be32(a, a->arr + 4, a->arr_null);
	patch_be32(a, a->arr + 12, a->arr_n);
	end(a);
}
