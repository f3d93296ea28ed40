#include "frontend/presence/pres_internal.h"
enum fe_verdict fe_presence_publish(struct fe_req *q)
{
	fe_refuse(q, FE_D_METHOD, NULL);
	return FE_DONE;
}
void fe_standard_endpoint_gone(struct fe_presentity *p, const struct fe_endpoint *e)
{
	(void)p;
	(void)e;
}
void fe_standard_free(struct fe_presence *x)
{
	(void)x;
}
