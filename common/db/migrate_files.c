#include "db/migrate_internal.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 4 << 20 };

/* "012-name.sql" to number and name; false: not a migration. */
static bool parse_name(const char *entry, struct migrate_file *out)
{
	size_t len = strlen(entry);
	struct ply_slice stem;

	if (len < 9 || strcmp(entry + len - 4, ".sql") != 0 || entry[3] != '-' ||
	    !ply_slice_to_u32(ply_slice(entry, 3), &out->number) || !out->number)
		return false;
	stem = ply_slice(entry + 4, len - 8);
	return ply_slice_copy(stem, out->name, sizeof(out->name));
}

static int read_text(struct migrate_file *m)
{
	struct ply_strbuf text = PLY_STRBUF_INIT;
	char buf[4096];
	size_t n;
	FILE *f = fopen(m->path, "re");
	int r = 0;

	if (!f)
		return -errno;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0 && text.len < FILE_BYTES_MAX)
		ply_strbuf_add(&text, buf, n);
	if (ferror(f))
		r = -EIO;
	else if (!feof(f) || text.len >= FILE_BYTES_MAX)
		r = -EFBIG;
	fclose(f);
	if (!r && !text.len)
		ply_strbuf_adds(&text, "\n");
	m->sql = r ? NULL : ply_strbuf_steal(&text);
	ply_strbuf_deinit(&text);
	return r ? r : m->sql ? 0 : -ENOMEM;
}

static int add(struct migrate_files *f, const struct migrate_file *m)
{
	struct migrate_file *p = ply_realloc(f->file, (f->n + 1) * sizeof(*p));

	if (!p)
		return -ENOMEM;
	f->file = p;
	f->file[f->n++] = *m;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct migrate_file *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static int list_dir(struct migrate_files *f, const char *folder, struct ply_strbuf *err)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	int r = 0;

	if (!d) {
		r = -errno;
		ply_strbuf_addf(err, "%s: %s\n", folder, strerror(-r));
		return r;
	}
	while (!r && (e = readdir(d))) {
		struct migrate_file m = {0};

		if (!parse_name(e->d_name, &m))
			continue;
		if ((size_t)snprintf(m.path, sizeof(m.path), "%s/%s", folder, e->d_name) >=
		    sizeof(m.path))
			r = -ENAMETOOLONG;
		else
			r = f->n == MIGRATE_FILES_MAX ? -E2BIG : add(f, &m);
	}
	closedir(d);
	return r;
}

int ply_migrate_files_read(struct migrate_files *f, const char *dir, const char *db,
			   struct ply_strbuf *err)
{
	char folder[400];
	int r;

	*f = (struct migrate_files){0};
	if ((size_t)snprintf(folder, sizeof(folder), "%s/%s", dir, db) >= sizeof(folder))
		return -ENAMETOOLONG;
	r = list_dir(f, folder, err);
	if (!r && f->n)
		qsort(f->file, f->n, sizeof(*f->file), by_number);
	for (size_t i = 0; !r && i < f->n; i++) {
		struct migrate_file *m = &f->file[i];

		if (m->number != i + 1) {
			ply_strbuf_addf(err, "%s: expected number %03zu, found %s\n", folder, i + 1,
					m->path);
			r = -EBADMSG;
			break;
		}
		r = read_text(m);
		if (r)
			ply_strbuf_addf(err, "%s: %s\n", m->path, strerror(-r));
	}
	if (r)
		ply_migrate_files_clear(f);
	return r;
}

void ply_migrate_files_clear(struct migrate_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		ply_free(f->file[i].sql);
	ply_free(f->file);
	*f = (struct migrate_files){0};
}
