#include "frontend/presence/pres_internal.h"
void fe_svc_soap(struct fe_req *q, struct fe_presentity *p)
{
	(void)p;
	fe_req_ok(q);
}
enum fe_verdict fe_soap_search(struct fe_req *q, const struct ply_soap *s)
{
	(void)s;
	fe_req_ok(q);
	return FE_DONE;
}
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
