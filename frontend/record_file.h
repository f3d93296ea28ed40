/* One file of a spool. Private to record_spool.c. */
#ifndef FE_RECORD_FILE_H
#define FE_RECORD_FILE_H

#include "base/list.h"
#include "db/lcslog/cdr.h"

/* Records of one feed, in order; `file` false: those in memory are all there is. */
struct fe_spool_file {
	struct ply_list node; /* in the spool's list, oldest first */
	char feed[PLY_CDR_UUID_LEN + 1];
	uint64_t id;
	bool file;
	int fd;         /* open for appending; -1: closed */
	size_t size;    /* octets in the file */
	size_t n, done; /* records; those acknowledged */
};

enum { FE_SPOOL_READ = 256 * 1024 };

/* Makes dir/cdr-ID.log with its head. A file that cannot be made is one of memory alone. NULL: out
 * of memory. */
struct fe_spool_file *fe_spool_file_new(const char *dir, uint64_t id, const char *feed);
void fe_spool_file_close(struct fe_spool_file *f);
/* Closes and frees; the file stays unless it is removed before. */
void fe_spool_file_free(struct fe_spool_file *f);
void fe_spool_file_remove(const char *dir, struct fe_spool_file *f);
/* All or nothing: 0 or negative, and then the file ends as before. */
int fe_spool_file_append(struct fe_spool_file *f, struct ply_slice data);
/* Everything in it is acknowledged: it begins anew. 0 or negative. */
int fe_spool_file_empty(struct fe_spool_file *f);
/* Up to FE_SPOOL_READ octets from `at` on, appended to out. 0 or negative. */
int fe_spool_file_read(const char *dir, const struct fe_spool_file *f, size_t at,
		       struct ply_strbuf *out);
/* What stands in dir, by age, into list. 0 or -ENOMEM; a folder that is not there has nothing. */
int fe_spool_file_scan(const char *dir, struct ply_list *list);

/* --- record_sync.c: data to the disk without waiting for it --- */
struct fe_sync {
	unsigned long aio; /* aio_context_t; 0: none */
	bool busy;
};
void fe_sync_start(struct fe_sync *s, int fd); /* does nothing while the last one is under way */
void fe_sync_deinit(struct fe_sync *s);        /* waits for it */

#endif
