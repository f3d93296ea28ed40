#include "presence/pres.h"

/* clang-format off */
static const struct ply_pres_diag diags[PLY_PRES_E_COUNT] = {
[PLY_PRES_E_XML]                = { 400, 4001, "XML parse failure" },
[PLY_PRES_E_CONTENT]            = { 400, 4001, "The document is not what this request needs" },
[PLY_PRES_E_TOO_MANY]           = { 413, 4008, "The request names too many items" },
[PLY_PRES_E_CATEGORY_SIZE]      = { 413, 2010, "The category value is too large" },
[PLY_PRES_E_MEMBER_LIMIT]       = { 413, 2006, "Too many members in a container" },
[PLY_PRES_E_EXTENSION_SIZE]     = { 413, 2009, "The contact extension is too large" },
[PLY_PRES_E_SUBSCRIPTION_LIMIT] = { 403, 2012, "Too many category subscriptions" },
[PLY_PRES_E_NO_SUBSCRIBER]      = { 404, 2000, "The prompted subscriber does not exist" },
[PLY_PRES_E_NO_CONTACT]         = { 404, 2001, "The contact does not exist" },
[PLY_PRES_E_NO_GROUP]           = { 404, 2002, "The group does not exist" },
[PLY_PRES_E_READ_ONLY]          = { 403, 2003, "The publication belongs to the server" },
[PLY_PRES_E_NOT_AUTHORIZED]     = { 403, 2004, "Not authorized" },
[PLY_PRES_E_NO_USER]            = { 404, 2005, "The user in From does not exist" },
[PLY_PRES_E_CONTACT_LIMIT]      = { 403, 2007, "The contact limit is reached" },
[PLY_PRES_E_GROUP_LIMIT]        = { 403, 2008, "The group limit is reached" },
[PLY_PRES_E_CONTEXT_LIMIT]      = { 403, 2011, "The delivery context limit is reached" },
[PLY_PRES_E_CATEGORIES_REQUIRED] = { 403, 2013, "msrtc-event-categories is required" },
[PLY_PRES_E_NO_DIALOG]          = { 481, 2014, "The subscription dialog does not exist" },
[PLY_PRES_E_DUPLICATE_GROUP]    = { 403, 2015, "A group of this name exists" },
[PLY_PRES_E_NEW_SUBSCRIPTION]   = { 481, 2016, "A new subscription is required" },
[PLY_PRES_E_WRONG_DELTA]        = { 409, 2141, "The version is out of date" },
};
/* clang-format on */

const struct ply_pres_diag *ply_pres_diag(int outcome)
{
	static const struct ply_pres_diag unknown = {500, 4000, "Internal failure"};

	if (outcome <= 0 || outcome >= PLY_PRES_E_COUNT)
		return &unknown;
	return &diags[outcome];
}

struct ply_slice ply_pres_bare_uri(struct ply_slice uri)
{
	if (ply_slice_casestarts(uri, "sip:"))
		return ply_slice_from(uri, 4);
	if (ply_slice_casestarts(uri, "sips:"))
		return ply_slice_from(uri, 5);
	return uri;
}
