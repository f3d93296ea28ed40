/* Commands of the Focus over HTTPS: a table, and the checks that stand before each of them.
 * docs/focus-mcu.md. Private to common/mcu. Rank 6. */
#ifndef PLY_MCU_MCU_C3P_H
#define PLY_MCU_MCU_C3P_H

#include "mcu/mcu.h"

struct ply_mcu_dial; /* an addUser whose answer waits for the call's outcome */

/* Opens the listener. 0, or negative after a line in the log. */
int ply_mcu_c3p_open(struct ply_mcu *m, const struct ply_mcu_setup *setup);
void ply_mcu_c3p_close(struct ply_mcu *m);
/* Answers and frees. NONE: success. */
void ply_mcu_dial_end(struct ply_mcu_dial *d, enum ply_c3p_reason why);

#endif
