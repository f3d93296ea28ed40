/* Error convention (docs: CONTRIBUTING.md "Errors"). Functions that can fail return int: 0 done,
 * negative -errno for the unexpected (passed up unchanged), positive <MODULE>_E_<WHAT> for a
 * documented outcome that the caller must handle and must not forward. Rank 0. */
#ifndef PLY_BASE_ERR_H
#define PLY_BASE_ERR_H

/* Marks the place where a negative code arises. Records file and line in debug builds. Returns r.
 */
#define ply_err_origin(r) ply_err_trace((r), __FILE__, __LINE__)
/* Turns a positive code that nobody expected here into -ENOTRECOVERABLE; passes negative codes and
 * 0. */
#define ply_err_fold(r) ply_err_folded((r), __FILE__, __LINE__)

int ply_err_trace(int r, const char *file, int line);
int ply_err_folded(int r, const char *file, int line);

/* "file:line" of the last origin in this thread, "" when none. LENDS until the next origin. */
const char *ply_err_where(void);
/* Text for a negative code, for people. LENDS: static or thread-local until the next call. */
const char *ply_err_text(int r);

#endif
