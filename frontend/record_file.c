/* The files of a spool. Opening, reading and deleting go by name, so that only the one that is
 * written is open. */
#include "frontend/record_file.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 256 << 20 }; /* nothing of ours is larger */

static void path_of(const char *dir, uint64_t id, char path[PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/cdr-%016llx.log", dir, (unsigned long long)id);
}

static struct fe_spool_file *make(uint64_t id)
{
	struct fe_spool_file *f = ply_calloc(1, sizeof *f);

	if (!f)
		return NULL;
	ply_list_init(&f->node);
	f->id = id;
	f->fd = -1;
	return f;
}

/* The folder too: it may have been cleaned away. */
static int create(const char *dir, uint64_t id)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;
	char path[PATH_MAX];
	int fd;

	path_of(dir, id, path);
	fd = open(path, flags, 0600);
	if (fd < 0 && errno == ENOENT && !mkdir(dir, 0700))
		fd = open(path, flags, 0600);
	return fd;
}

struct fe_spool_file *fe_spool_file_new(const char *dir, uint64_t id, const char *feed)
{
	struct fe_spool_file *f = make(id);
	struct ply_strbuf head = PLY_STRBUF_INIT;

	if (!f)
		return NULL;
	memcpy(f->feed, feed, PLY_CDR_UUID_LEN);
	if (!dir)
		return f;
	f->fd = create(dir, id);
	f->file = f->fd >= 0;
	ply_cdr_head_write(&head, f->feed);
	if (f->file && (ply_strbuf_err(&head) || fe_spool_file_append(f, ply_strbuf_slice(&head))))
		fe_spool_file_remove(dir, f);
	ply_strbuf_deinit(&head);
	return f;
}

void fe_spool_file_close(struct fe_spool_file *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
}

void fe_spool_file_free(struct fe_spool_file *f)
{
	fe_spool_file_close(f);
	ply_list_del(&f->node);
	ply_free(f);
}

void fe_spool_file_remove(const char *dir, struct fe_spool_file *f)
{
	char path[PATH_MAX];

	fe_spool_file_close(f);
	if (f->file) {
		path_of(dir, f->id, path);
		(void)unlink(path);
	}
	f->file = false;
	f->size = 0;
}

int fe_spool_file_append(struct fe_spool_file *f, struct ply_slice data)
{
	ssize_t n = write(f->fd, data.p, data.len);

	if (n >= 0 && (size_t)n == data.len) {
		f->size += data.len;
		return 0;
	}
	if (n > 0)
		(void)!ftruncate(f->fd, (off_t)f->size);
	return n < 0 ? -errno : -ENOSPC;
}

int fe_spool_file_empty(struct fe_spool_file *f)
{
	if (ftruncate(f->fd, PLY_CDR_HEAD_LEN))
		return -errno;
	f->size = PLY_CDR_HEAD_LEN;
	f->n = f->done = 0;
	return 0;
}

int fe_spool_file_read(const char *dir, const struct fe_spool_file *f, size_t at,
		       struct ply_strbuf *out)
{
	size_t want = ply_min_size(f->size > at ? f->size - at : 0, FE_SPOOL_READ);
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	if (ply_strbuf_reserve(out, want + 1))
		return -ENOMEM;
	path_of(dir, f->id, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = pread(fd, out->p + out->len, want, (off_t)at);
	(void)close(fd);
	if (n < 0)
		return -EIO;
	out->len += (size_t)n;
	out->p[out->len] = '\0';
	return 0;
}

/* --- what an earlier run left --- */

/* Counts its records, up to one that is torn or wrong. */
static void count(const char *dir, struct fe_spool_file *f)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	size_t at = PLY_CDR_HEAD_LEN, end = f->size;

	while (at < end && !fe_spool_file_read(dir, f, at, &b) && b.len) {
		struct ply_slice rest = ply_strbuf_slice(&b);
		struct ply_cdr r;
		size_t len;

		while (ply_cdr_read(rest, &r, &len) == PLY_CDR_OK) {
			rest = ply_slice_from(rest, len);
			f->n++;
		}
		if (rest.len == b.len)
			break;
		at += b.len - rest.len;
		ply_strbuf_reset(&b);
	}
	f->size = at;
	ply_strbuf_deinit(&b);
}

static bool read_head(const char *dir, struct fe_spool_file *f)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	bool ok = !fe_spool_file_read(dir, f, 0, &b) &&
		  ply_cdr_head_read(ply_strbuf_slice(&b), f->feed);

	ply_strbuf_deinit(&b);
	return ok;
}

static int take(const char *dir, uint64_t id, struct ply_list *list)
{
	struct fe_spool_file *f = make(id);
	char path[PATH_MAX];
	struct stat st;

	if (!f)
		return -ENOMEM;
	path_of(dir, id, path);
	if (stat(path, &st) || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		fe_spool_file_free(f);
		return 0;
	}
	f->file = true;
	f->size = (size_t)st.st_size;
	if (read_head(dir, f))
		count(dir, f);
	if (!f->n) {
		fe_spool_file_remove(dir, f);
		fe_spool_file_free(f);
		return 0;
	}
	PLY_LIST_FOR(it, list) {
		if (container_of(it, struct fe_spool_file, node)->id > id) {
			ply_list_add_before(it, &f->node);
			return 0;
		}
	}
	ply_list_push(list, &f->node);
	return 0;
}

static bool id_of(const char *name, uint64_t *id)
{
	char again[32];

	if (strncmp(name, "cdr-", 4) != 0)
		return false;
	*id = strtoull(name + 4, NULL, 16); /* whatever that took: the name must come out again */
	(void)snprintf(again, sizeof again, "cdr-%016" PRIx64 ".log", *id);
	return !strcmp(name, again);
}

int fe_spool_file_scan(const char *dir, struct ply_list *list)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	uint64_t id;
	int r = 0;

	while (d && !r && (e = readdir(d)))
		if (id_of(e->d_name, &id))
			r = take(dir, id, list);
	if (d)
		(void)closedir(d);
	return r;
}
