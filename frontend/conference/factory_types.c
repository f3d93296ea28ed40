/* getAvailableMcuTypes, getConferencingCapabilities: the media that live servers offer and the
 * organizer's policy allows. Without "chat" in the answer SIPE's meetings stay silent
 * (sipe-client.md §14.1). There is no bridge to the telephone network yet: pstn-bridging is left
 * out. */
#include "frontend/conference/factory.h"
#include "frontend/conference/focus.h"

void fe_fac_types(struct fe_fac *f)
{
	struct ply_c3p_response r = fe_fac_response(f);
	struct ply_slice live[PLY_C3P_MAX_MCU_TYPES], allowed[PLY_C3P_MAX_MCU_TYPES];
	size_t n = fe_mcu_types(f->fe, live, ARRAY_LEN(live)), n_allowed = 0;

	for (size_t i = 0; i < n; i++)
		if (fe_policy_allows_type(&f->policy, live[i]))
			allowed[n_allowed++] = live[i];
	r.mcu_type = allowed;
	r.n_mcu_type = n_allowed;
	fe_fac_answer(f, &r);
}
