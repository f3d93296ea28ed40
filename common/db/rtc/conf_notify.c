/* What others did to conferences: the payload of ply_conf_tell() in deploy/sql/rtc/002-conf.sql. */
#include "db/rtc/rtc_internal.h"

static const struct {
	const char *word;
	enum ply_rtc_conf_change_kind kind;
} words[] = {
	{"changed", PLY_RTC_CONF_CHANGED},
	{"deleted", PLY_RTC_CONF_DELETED},
	{"end", PLY_RTC_CONF_END},
};

/* False: not one of ours, anybody may notify. */
static bool parse(struct ply_slice rest, struct ply_rtc_conf_change *out)
{
	struct ply_slice word, id, organizer;
	uint64_t n;

	*out = (struct ply_rtc_conf_change){0};
	if (!ply_slice_split(&rest, ' ', &word) || !ply_slice_split(&rest, ' ', &id) ||
	    !ply_slice_split(&rest, ' ', &organizer) || !rest.len ||
	    !ply_slice_to_u64(id, INT64_MAX, &n))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (ply_slice_is(word, words[i].word))
			out->kind = words[i].kind;
	out->id = (int64_t)n;
	out->organizer = ply_slice_is(organizer, "-") ? ply_slice("", 0) : organizer;
	out->conf_id = rest;
	return out->kind != 0;
}

void ply_rtc_conf_notify(void *ctx, struct ply_slice payload)
{
	const struct ply_rtc *rtc = ctx;
	struct ply_rtc_conf_change ch = {.kind = PLY_RTC_CONF_ANY};

	if (rtc->conf_change && (!payload.p || parse(payload, &ch)))
		rtc->conf_change(rtc->conf_change_ctx, &ch);
}

void ply_rtc_on_conf_change(struct ply_rtc *rtc, ply_rtc_conf_change_fn fn, void *ctx)
{
	rtc->conf_change = fn;
	rtc->conf_change_ctx = ctx;
}
