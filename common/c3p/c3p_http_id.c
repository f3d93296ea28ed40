#include "c3p/c3p_http_internal.h"

#include <errno.h>
#include <stdio.h>

static bool is_instance(struct ply_slice s)
{
	if (s.len != C3P_INSTANCE_LEN)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return true;
}

int c3p_id_parse(struct c3p_id *out, struct ply_slice s)
{
	struct ply_slice instance, number;

	if (!ply_slice_split(&s, ':', &instance) || !is_instance(instance) ||
	    !ply_slice_split(&s, ':', &number) || !s.p)
		return -EBADMSG;
	if (!ply_slice_to_u64(number, INT64_MAX, &out->number) || !out->number ||
	    !ply_slice_to_u64(s, out->number - 1, &out->done))
		return -EBADMSG;
	(void)ply_slice_copy(instance, out->instance, sizeof out->instance);
	return 0;
}

struct ply_slice c3p_id_format(const struct c3p_id *id, char out[C3P_ID_MAX])
{
	int n = snprintf(out, C3P_ID_MAX, "%s:%llu:%llu", id->instance,
			 (unsigned long long)id->number, (unsigned long long)id->done);

	return ply_slice(out, (size_t)n);
}
