/* Memory that is wiped, comparison that takes the same time whatever it finds. Rank 1. */
#ifndef PLY_CRYPTO_SECRET_H
#define PLY_CRYPTO_SECRET_H

#include "base/ply.h"

/* Not optimised away. p NULL with len 0 is fine. */
void ply_secret_wipe(void *p, size_t len);
bool ply_secret_eq(const void *a, const void *b, size_t len);
/* Wipes a NUL-terminated text and frees it (ply_free). NULL is fine. */
void ply_secret_free_str(char *s);

#endif
