/*
 * Calls. The audio sent is a test tone, the audio received goes nowhere, but
 * its buffers are counted and its loudest sample is kept, so that a script
 * can tell whether sound arrived.
 */
#include "probe.h"

gboolean media_auto_accept = FALSE;

#ifdef HAVE_MEDIA

#include <gst/gst.h>
#include <media-gst.h>
#include <mediamanager.h>
#include <string.h>

static PurpleMedia *current;
static gint rx_buffers, rx_peak; /* changed by streaming threads */
static gint64 rx_bytes;

static const char *state_name(PurpleMediaState state)
{
	switch (state) {
	case PURPLE_MEDIA_STATE_NEW:
		return "new";
	case PURPLE_MEDIA_STATE_CONNECTED:
		return "connected";
	case PURPLE_MEDIA_STATE_END:
		return "end";
	default:
		return "unknown";
	}
}

static const char *info_name(PurpleMediaInfoType type)
{
	switch (type) {
	case PURPLE_MEDIA_INFO_HANGUP:
		return "hangup";
	case PURPLE_MEDIA_INFO_ACCEPT:
		return "accept";
	case PURPLE_MEDIA_INFO_REJECT:
		return "reject";
	case PURPLE_MEDIA_INFO_MUTE:
		return "mute";
	case PURPLE_MEDIA_INFO_UNMUTE:
		return "unmute";
	case PURPLE_MEDIA_INFO_PAUSE:
		return "pause";
	case PURPLE_MEDIA_INFO_UNPAUSE:
		return "unpause";
	case PURPLE_MEDIA_INFO_HOLD:
		return "hold";
	case PURPLE_MEDIA_INFO_UNHOLD:
		return "unhold";
	default:
		return "unknown";
	}
}

static gboolean accept_idle(gpointer data)
{
	if (current == data)
		media_accept();
	return FALSE;
}

static void on_state(PurpleMedia *media, PurpleMediaState state, const gchar *sid, const gchar *who,
		     gpointer data PROBE_UNUSED)
{
	ev_begin("call-state");
	ev_str("state", state_name(state));
	ev_str("session", sid);
	ev_str("who", who);
	ev_bool("initiator", purple_media_is_initiator(media, sid, who));
	ev_end();

	if (state == PURPLE_MEDIA_STATE_NEW && sid && who && media_auto_accept &&
	    !purple_media_is_initiator(media, sid, who))
		g_idle_add(accept_idle, media);
	if (state == PURPLE_MEDIA_STATE_END && !sid && !who && media == current)
		current = NULL;
}

static void on_info(PurpleMedia *media PROBE_UNUSED, PurpleMediaInfoType type, const gchar *sid,
		    const gchar *who, gboolean local, gpointer data PROBE_UNUSED)
{
	ev_begin("call-info");
	ev_str("info", info_name(type));
	ev_str("session", sid);
	ev_str("who", who);
	ev_bool("local", local);
	ev_end();
}

static void on_error(PurpleMedia *media PROBE_UNUSED, const gchar *text, gpointer data PROBE_UNUSED)
{
	ev_simple("call-error", "text", text, NULL);
}

static void on_candidates(PurpleMedia *media PROBE_UNUSED, const gchar *sid, const gchar *who,
			  gpointer data PROBE_UNUSED)
{
	ev_simple("call-candidates-prepared", "session", sid, "who", who, NULL);
}

static gboolean on_init_media(PurpleMediaManager *manager PROBE_UNUSED, PurpleMedia *media,
			      PurpleAccount *account PROBE_UNUSED, gchar *who,
			      gpointer data PROBE_UNUSED)
{
	current = media;
	g_atomic_int_set(&rx_buffers, 0);
	g_atomic_int_set(&rx_peak, 0);
	rx_bytes = 0;
	ev_begin("call-new");
	ev_str("who", who);
	ev_bool("initiator", purple_media_is_initiator(media, NULL, NULL));
	ev_end();
	g_signal_connect(media, "state-changed", G_CALLBACK(on_state), NULL);
	g_signal_connect(media, "stream-info", G_CALLBACK(on_info), NULL);
	g_signal_connect(media, "error", G_CALLBACK(on_error), NULL);
	g_signal_connect(media, "candidates-prepared", G_CALLBACK(on_candidates), NULL);
	return TRUE;
}

static void on_handoff(GstElement *sink PROBE_UNUSED, GstBuffer *buffer, GstPad *pad PROBE_UNUSED,
		       gpointer data PROBE_UNUSED)
{
	GstMapInfo map;
	gint peak = 0;
	if (!gst_buffer_map(buffer, &map, GST_MAP_READ))
		return;
	for (gsize i = 0; i + 1 < map.size; i += 2) {
		gint16 sample;
		memcpy(&sample, map.data + i, sizeof(sample));
		gint v = sample < 0 ? -(gint)sample : sample;
		if (v > peak)
			peak = v;
	}
	rx_bytes += (gint64)map.size;
	gst_buffer_unmap(buffer, &map);
	g_atomic_int_inc(&rx_buffers);
	if (peak > g_atomic_int_get(&rx_peak))
		g_atomic_int_set(&rx_peak, peak);
}

static GstElement *make(const char *what)
{
	GError *error = NULL;
	GstElement *bin = gst_parse_bin_from_description(what, TRUE, &error);
	if (!bin)
		ev_simple("call-error", "text", error ? error->message : "no element", NULL);
	g_clear_error(&error);
	return bin;
}

static GstElement *create_audio_src(PurpleMediaElementInfo *info PROBE_UNUSED,
				    PurpleMedia *media PROBE_UNUSED, const gchar *sid PROBE_UNUSED,
				    const gchar *who PROBE_UNUSED)
{
	return make("audiotestsrc is-live=true wave=sine freq=440 volume=0.3 ! "
		    "audioconvert ! audioresample");
}

static GstElement *create_audio_sink(PurpleMediaElementInfo *info PROBE_UNUSED,
				     PurpleMedia *media PROBE_UNUSED, const gchar *sid PROBE_UNUSED,
				     const gchar *who PROBE_UNUSED)
{
	GstElement *bin = make("audioconvert ! audioresample ! "
			       "audio/x-raw,format=S16LE,channels=1 ! "
			       "fakesink name=sink sync=false async=false "
			       "signal-handoffs=true");
	if (bin) {
		GstElement *sink = gst_bin_get_by_name(GST_BIN(bin), "sink");
		g_signal_connect(sink, "handoff", G_CALLBACK(on_handoff), NULL);
		gst_object_unref(sink);
	}
	return bin;
}

static GstElement *create_video_src(PurpleMediaElementInfo *info PROBE_UNUSED,
				    PurpleMedia *media PROBE_UNUSED, const gchar *sid PROBE_UNUSED,
				    const gchar *who PROBE_UNUSED)
{
	return make("videotestsrc is-live=true ! videoconvert ! videoscale ! "
		    "video/x-raw,width=352,height=288,framerate=15/1");
}

static GstElement *create_video_sink(PurpleMediaElementInfo *info PROBE_UNUSED,
				     PurpleMedia *media PROBE_UNUSED, const gchar *sid PROBE_UNUSED,
				     const gchar *who PROBE_UNUSED)
{
	return make("videoconvert ! fakesink sync=false async=false");
}

static void element(PurpleMediaManager *manager, const char *id, PurpleMediaElementType type,
		    gpointer create)
{
	PurpleMediaElementInfo *info =
		g_object_new(purple_media_element_info_get_type(), "id", id, "name", id, "type",
			     type, "create-cb", create, NULL);
	purple_media_manager_register_element(manager, info);
	purple_media_manager_set_active_element(manager, info);
}

void media_init(void)
{
	PurpleMediaManager *manager;
	gst_init(NULL, NULL);
	manager = purple_media_manager_get();
	if (!manager)
		return;
	purple_media_manager_set_ui_caps(manager, PURPLE_MEDIA_CAPS_AUDIO |
							  PURPLE_MEDIA_CAPS_AUDIO_SINGLE_DIRECTION |
							  PURPLE_MEDIA_CAPS_VIDEO |
							  PURPLE_MEDIA_CAPS_VIDEO_SINGLE_DIRECTION |
							  PURPLE_MEDIA_CAPS_AUDIO_VIDEO);
	element(manager, "probe-audio-src",
		PURPLE_MEDIA_ELEMENT_AUDIO | PURPLE_MEDIA_ELEMENT_SRC |
			PURPLE_MEDIA_ELEMENT_ONE_SRC | PURPLE_MEDIA_ELEMENT_UNIQUE,
		(gpointer)create_audio_src);
	element(manager, "probe-audio-sink",
		PURPLE_MEDIA_ELEMENT_AUDIO | PURPLE_MEDIA_ELEMENT_SINK |
			PURPLE_MEDIA_ELEMENT_ONE_SINK,
		(gpointer)create_audio_sink);
	element(manager, "probe-video-src",
		PURPLE_MEDIA_ELEMENT_VIDEO | PURPLE_MEDIA_ELEMENT_SRC |
			PURPLE_MEDIA_ELEMENT_ONE_SRC | PURPLE_MEDIA_ELEMENT_UNIQUE,
		(gpointer)create_video_src);
	element(manager, "probe-video-sink",
		PURPLE_MEDIA_ELEMENT_VIDEO | PURPLE_MEDIA_ELEMENT_SINK |
			PURPLE_MEDIA_ELEMENT_ONE_SINK,
		(gpointer)create_video_sink);
	g_signal_connect(manager, "init-media", G_CALLBACK(on_init_media), NULL);
}

gboolean media_call(const char *who, gboolean video)
{
	return purple_prpl_initiate_media(probe_account, who,
					  video ? PURPLE_MEDIA_AUDIO | PURPLE_MEDIA_VIDEO
						: PURPLE_MEDIA_AUDIO);
}

static gboolean info(PurpleMediaInfoType type)
{
	if (!current)
		return FALSE;
	purple_media_stream_info(current, type, NULL, NULL, TRUE);
	return TRUE;
}

gboolean media_accept(void)
{
	return info(PURPLE_MEDIA_INFO_ACCEPT);
}
gboolean media_reject(void)
{
	return info(PURPLE_MEDIA_INFO_REJECT);
}
gboolean media_hangup(void)
{
	return info(PURPLE_MEDIA_INFO_HANGUP);
}

gboolean media_mute(gboolean on)
{
	return info(on ? PURPLE_MEDIA_INFO_MUTE : PURPLE_MEDIA_INFO_UNMUTE);
}

gboolean media_hold(gboolean on)
{
	return info(on ? PURPLE_MEDIA_INFO_HOLD : PURPLE_MEDIA_INFO_UNHOLD);
}

gboolean media_dtmf(const char *digits)
{
	if (!current)
		return FALSE;
	for (; *digits; digits++)
		if (!purple_media_send_dtmf(current, "audio", *digits, 20, 200))
			return FALSE;
	return TRUE;
}

void media_stats(void)
{
	ev_begin("call-stats");
	ev_bool("in_call", current != NULL);
	ev_int("rx_buffers", g_atomic_int_get(&rx_buffers));
	ev_int("rx_bytes", rx_bytes);
	ev_int("rx_peak", g_atomic_int_get(&rx_peak));
	if (current) {
		GList *ids = purple_media_get_session_ids(current);
		ev_list_begin("sessions");
		for (GList *l = ids; l; l = l->next)
			ev_list_item(l->data);
		ev_list_end();
		g_list_free(ids);
	}
	ev_end();
}

#else /* !HAVE_MEDIA */

void media_init(void)
{
}
gboolean media_call(const char *who PROBE_UNUSED, gboolean video PROBE_UNUSED)
{
	return FALSE;
}
gboolean media_accept(void)
{
	return FALSE;
}
gboolean media_reject(void)
{
	return FALSE;
}
gboolean media_hangup(void)
{
	return FALSE;
}
gboolean media_mute(gboolean on PROBE_UNUSED)
{
	return FALSE;
}
gboolean media_hold(gboolean on PROBE_UNUSED)
{
	return FALSE;
}
gboolean media_dtmf(const char *digits PROBE_UNUSED)
{
	return FALSE;
}
void media_stats(void)
{
}

#endif
