#include "tests/lib/memfail.h"
#include "tests/lib/unit.h"

#include "presence/aggregate.h"
#include "presence/card_xml.h"
#include "presence/contact_xml.h"
#include "presence/pidf_xml.h"
#include "presence/provision_xml.h"
#include "presence/rlmi_xml.h"
#include "presence/roaming_xml.h"
#include "xml/xml_read.h"

#include <errno.h>
#include <stdio.h>

/* Tables and structs name only what matters to a case. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define L(lit) PLY_SLICE_LIT(lit)

#define WHEN INT64_C(1795295303000) /* 2026-11-21T21:08:23.000Z */

/* Compares and empties b. */
static void is(struct ply_strbuf *b, const char *want)
{
	assert_int_equal(ply_strbuf_err(b), 0);
	assert_string_equal(ply_strbuf_str(b), want);
	ply_strbuf_deinit(b);
}

static void watchers_see_names_instances_and_values_only(void **state)
{
	static const struct ply_category c[] = {
		{.name = L("state"),
		 .instance = 1,
		 .publish_ms = WHEN,
		 .body = L("<state/>"),
		 .container = 200,
		 .version = 7,
		 .endpoint_id = L("secret")},
		{.form = PLY_CATEGORY_GONE, .name = L("note")},
		{.name = L("services"), .instance = 0},
	};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_categories_write(&b, ply_slice_str("sip:bob@example.com"), c, ARRAY_LEN(c));
	is(&b, "<categories xmlns=\"http://schemas.microsoft.com/2006/09/sip/categories\" "
	       "uri=\"sip:bob@example.com\">"
	       "<category name=\"state\" instance=\"1\" publishTime=\"2026-11-21T21:08:23.000Z\">"
	       "<state/></category><category name=\"note\"/><category name=\"services\"/>"
	       "</categories>");
}

static void version_conflicts_name_operations_from_one(void **state)
{
	static const struct ply_wrong_delta d[] = {{1, 0, 3}, {4, 2, 5}};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_wrong_delta_write(&b, d, ARRAY_LEN(d));
	is(&b, "<Fault><Faultcode>Client.BadCall.WrongDelta</Faultcode><details>"
	       "<operation index=\"1\" version=\"0\" curVersion=\"3\"/>"
	       "<operation index=\"4\" version=\"2\" curVersion=\"5\"/></details></Fault>");
}

static void own_view_lists_categories_containers_and_subscribers(void **state)
{
	static const struct ply_category c[] = {
		{.name = L("state"),
		 .instance = 536870912,
		 .publish_ms = WHEN,
		 .container = 2,
		 .version = 3,
		 .expire_type = PLY_EXPIRE_STATIC,
		 .body = L("<state/>")},
		{.name = L("state"),
		 .instance = 1,
		 .publish_ms = WHEN,
		 .container = 2,
		 .version = 1,
		 .expire_type = PLY_EXPIRE_TIME,
		 .has_expires = true,
		 .expires = 86400,
		 .endpoint_id = L("ab-1")},
		{.form = PLY_CATEGORY_GONE, .name = L("note")},
		{.form = PLY_CATEGORY_GONE_CONTAINER, .name = L("note"), .container = 200},
	};
	static const struct ply_member m[] = {{PLY_MEMBER_SAME_ENTERPRISE},
					      {PLY_MEMBER_USER, L("d&d@example.com")}};
	static const struct ply_container k[] = {{200, 1, m, 2}, {400, 0}};
	static const struct ply_subscriber s[] = {{L("sip:bob@example.com"),
						   L("Bob \xc3\x9c"
						     "ber \"B\""),
						   false, PLY_MEMBER_SAME_ENTERPRISE}};
	struct ply_roaming_categories rc = {L("sip:alice@example.com"), c, ARRAY_LEN(c)};
	struct ply_roaming_containers rk = {k, ARRAY_LEN(k)};
	struct ply_roaming_subscribers rs = {s, ARRAY_LEN(s)};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_roaming_data_write(&b, &(struct ply_roaming_data){&rc, &rk, &rs});
	is(&b,
	   "<roamingData xmlns=\"http://schemas.microsoft.com/2006/09/sip/roaming-self\">"
	   "<categories xmlns=\"http://schemas.microsoft.com/2006/09/sip/categories\" "
	   "uri=\"sip:alice@example.com\">"
	   "<category name=\"state\" instance=\"536870912\" "
	   "publishTime=\"2026-11-21T21:08:23.000Z\" container=\"2\" version=\"3\" "
	   "expireType=\"static\"><state/></category>"
	   "<category name=\"state\" instance=\"1\" publishTime=\"2026-11-21T21:08:23.000Z\" "
	   "container=\"2\" version=\"1\" expireType=\"time\" expires=\"86400\" "
	   "endpointId=\"ab-1\"/>"
	   "<category name=\"note\"/><category name=\"note\" container=\"200\"/></categories>"
	   "<containers xmlns=\"http://schemas.microsoft.com/2006/09/sip/container-management\">"
	   "<container id=\"200\" version=\"1\"><member type=\"sameEnterprise\"/>"
	   "<member type=\"user\" value=\"d&amp;d@example.com\"/></container>"
	   "<container id=\"400\" version=\"0\"/></containers>"
	   "<subscribers xmlns=\"http://schemas.microsoft.com/2006/09/sip/"
	   "presence-subscribers\"><subscriber user=\"bob@example.com\" "
	   "displayName=\"Bob \xc3\x9c"
	   "ber &quot;B&quot;\" acknowledged=\"false\" type=\"sameEnterprise\"/></subscribers>"
	   "</roamingData>");
	ply_roaming_data_write(&b, &(struct ply_roaming_data){.containers = &rk});
	assert_null(strstr(b.p, "categories"));
	assert_null(strstr(b.p, "subscribers"));
	ply_strbuf_deinit(&b);
	/* The first document must come even when there is nothing. */
	ply_roaming_data_write(&b, &(struct ply_roaming_data){NULL});
	is(&b, "<roamingData xmlns=\"http://schemas.microsoft.com/2006/09/sip/roaming-self\">"
	       "</roamingData>");
}

static void the_list_has_no_scheme_and_single_blanks(void **state)
{
	static const struct ply_contact_group g[] = {{1, L("~")}, {2, L("Friends")}};
	static const struct ply_contact c[] = {
		{.uri = L("sip:bob@example.com"),
		 .groups = 1 << 1 | 1 << 2 | UINT64_C(1) << 63,
		 .subscribed = true},
		{.uri = L("eve@example.com"), .name = L("<Eve>"), .extension = L("<x/>")}};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_contact_list_write(&b, 7, g, 2, c, 2);
	is(&b, "<contactList deltaNum=\"7\"><group id=\"1\" name=\"~\" externalURI=\"\"/>"
	       "<group id=\"2\" name=\"Friends\" externalURI=\"\"/>"
	       "<contact uri=\"bob@example.com\" name=\"\" groups=\"2 3 64\" subscribed=\"true\" "
	       "externalURI=\"\"/>"
	       "<contact uri=\"eve@example.com\" name=\"&lt;Eve&gt;\" groups=\"1\" "
	       "subscribed=\"false\" externalURI=\"\"><contactExtension><x/></contactExtension>"
	       "</contact></contactList>");
	ply_contact_list_write(&b, 1, g, 1, NULL, 0);
	is(&b, "<contactList deltaNum=\"1\"><group id=\"1\" name=\"~\" externalURI=\"\"/>"
	       "</contactList>");
}

static void the_delta_has_the_scheme_and_deletes_last(void **state)
{
	static const struct ply_contact_group g = {3, L("Work")};
	static const struct ply_contact c = {
		.uri = L("bob@example.com"), .groups = 6, .subscribed = true};
	static const struct ply_contact_change ch[] = {
		{PLY_CONTACT_DELETED_GROUP, &g, NULL},  {PLY_CONTACT_DELETED, NULL, &c},
		{PLY_CONTACT_MODIFIED, NULL, &c},       {PLY_CONTACT_ADDED, NULL, &c},
		{PLY_CONTACT_MODIFIED_GROUP, &g, NULL}, {PLY_CONTACT_ADDED_GROUP, &g, NULL}};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_contact_delta_write(&b, 8, 7, ch, ARRAY_LEN(ch));
	is(&b, "<contactDelta deltaNum=\"8\" prevDeltaNum=\"7\">"
	       "<addedGroup id=\"3\" name=\"Work\" externalURI=\"\"/>"
	       "<modifiedGroup id=\"3\" name=\"Work\" externalURI=\"\"/>"
	       "<addedContact uri=\"sip:bob@example.com\" name=\"\" groups=\"2 3\" "
	       "subscribed=\"true\" externalURI=\"\"/>"
	       "<modifiedContact uri=\"sip:bob@example.com\" name=\"\" groups=\"2 3\" "
	       "subscribed=\"true\" externalURI=\"\"/>"
	       "<deletedContact uri=\"sip:bob@example.com\"/><deletedGroup id=\"3\"/>"
	       "</contactDelta>");
}

#define ENV_OPEN                                                                                   \
	"<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\">"         \
	"<SOAP-ENV:Body>"
#define ENV_CLOSE "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
#define M_NS      " xmlns:m=\"http://schemas.microsoft.com/winrtc/2002/11/sip\""

static void soap_is_answered_in_soap(void **state)
{
	static const struct ply_search_result r[] = {{.uri = L("bob@example.com"),
						      .display_name = L("Bob Example"),
						      .company = L("Example"),
						      .country = L("US"),
						      .email = L("bob@example.com")}};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_soap_add_group_write(&b, 2, 2);
	is(&b, ENV_OPEN "<m:addGroup" M_NS "><m:groupID>2</m:groupID><m:deltaNum>2</m:deltaNum>"
			"</m:addGroup>" ENV_CLOSE);
	ply_soap_done_write(&b, PLY_SOAP_DELETE_CONTACT, 9);
	is(&b, ENV_OPEN "<m:deleteContact" M_NS
			"><m:deltaNum>9</m:deltaNum></m:deleteContact>" ENV_CLOSE);
	ply_soap_done_write(&b, PLY_SOAP_DIRECTORY_SEARCH, 9);
	assert_int_equal(b.len, 0);
	ply_soap_fault_write(&b, "Client", "No such group", NULL);
	is(&b, ENV_OPEN "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode>"
			"<faultstring>No such group</faultstring></SOAP-ENV:Fault>" ENV_CLOSE);
	ply_search_result_write(&b, r, 1, false);
	is(&b, ENV_OPEN "<m:directorySearch" M_NS "><m:moreAvailable>false</m:moreAvailable>"
			"<m:returned>1</m:returned><m:value href=\"#searchArray\"/>"
			"</m:directorySearch><m:Array" M_NS "><m:row uri=\"sip:bob@example.com\" "
			"displayName=\"Bob Example\" title=\"\" office=\"\" phone=\"\" "
			"company=\"Example\" city=\"\" state=\"\" country=\"US\" "
			"email=\"bob@example.com\"/></m:Array>" ENV_CLOSE);
}

static const struct ply_rlmi_item items[] = {
	{L("sip:bob@example.com"), PLY_RLMI_ACTIVE, .content_type = L("application/x"),
	 .body = L("<a/>")},
	{L("sip:o'hara;x@example.com"), PLY_RLMI_ACTIVE, .content_type = L("application/x"),
	 .body = L("<b/>")},
	{L("sip:c@example.com"), PLY_RLMI_TERMINATED, .reason = L("noresource")},
	{L("sip:d@example.com"), PLY_RLMI_PENDING},
	{L("sip:e@example.com"), PLY_RLMI_RESUBSCRIBE, .pool_fqdn = L("sip:p.example.com")},
};

static void an_empty_line_stands_before_every_boundary(void **state)
{
	struct ply_rlmi_list l = {PLY_RLMI_MS,     L("sip:alice@example.com"), 0, false, items,
				  ARRAY_LEN(items)};
	struct ply_strbuf b = PLY_STRBUF_INIT, t = PLY_STRBUF_INIT;

	(void)state;
	ply_rlmi_write(&b, &t, &l);
	is(&t, "multipart/related;type=\"application/rlmi+xml\";start=resourceList;"
	       "boundary=\"----=_part\"");
	is(&b, "------=_part\r\nContent-Transfer-Encoding: binary\r\n"
	       "Content-ID: resourceList\r\nContent-Type: application/rlmi+xml\r\n\r\n"
	       "<list xmlns=\"urn:ietf:params:xml:ns:rlmi\" uri=\"sip:alice@example.com\" "
	       "version=\"0\" fullState=\"false\">"
	       "<resource uri=\"sip:bob@example.com\">"
	       "<instance id=\"0\" state=\"active\" cid=\"bob@example.com\"/></resource>"
	       "<resource uri=\"sip:o'hara;x@example.com\">"
	       "<instance id=\"0\" state=\"active\" cid=\"2@presence\"/></resource>"
	       "<resource uri=\"sip:c@example.com\">"
	       "<instance id=\"0\" state=\"terminated\" reason=\"noresource\"/></resource>"
	       "<resource uri=\"sip:d@example.com\"><instance id=\"0\" state=\"pending\"/>"
	       "</resource><resource uri=\"sip:e@example.com\">"
	       "<instance id=\"0\" state=\"resubscribe\" poolFqdn=\"sip:p.example.com\"/>"
	       "</resource></list>\r\n\r\n"
	       "------=_part\r\nContent-Transfer-Encoding: binary\r\n"
	       "Content-ID: bob@example.com\r\nContent-Type: application/x\r\n\r\n<a/>\r\n\r\n"
	       "------=_part\r\nContent-Transfer-Encoding: binary\r\n"
	       "Content-ID: 2@presence\r\nContent-Type: application/x\r\n\r\n<b/>\r\n\r\n"
	       "------=_part--\r\n");
}

static void list_notifications_follow_rfc_4662_for_standard_clients(void **state)
{
	struct ply_rlmi_list l = {PLY_RLMI_RFC, L("sip:list@example.com"), 3, true, items, 1};
	struct ply_strbuf b = PLY_STRBUF_INIT, t = PLY_STRBUF_INIT;

	(void)state;
	ply_rlmi_write(&b, &t, &l);
	is(&t, "multipart/related;type=\"application/rlmi+xml\";start=\"<list@presence>\";"
	       "boundary=\"----=_part\"");
	is(&b, "------=_part\r\nContent-Transfer-Encoding: binary\r\n"
	       "Content-ID: <list@presence>\r\nContent-Type: application/rlmi+xml\r\n\r\n"
	       "<list xmlns=\"urn:ietf:params:xml:ns:rlmi\" uri=\"sip:list@example.com\" "
	       "version=\"3\" fullState=\"true\"><resource uri=\"sip:bob@example.com\">"
	       "<instance id=\"0\" state=\"active\" cid=\"1@presence\"/></resource></list>\r\n"
	       "------=_part\r\nContent-Transfer-Encoding: binary\r\n"
	       "Content-ID: <1@presence>\r\nContent-Type: application/x\r\n\r\n<a/>\r\n"
	       "------=_part--\r\n");
}

static void no_document_can_contain_the_boundary(void **state)
{
	static const struct ply_rlmi_item bad[] = {
		{L("sip:a@b"), PLY_RLMI_ACTIVE, .content_type = L("application/x"),
		 .body = L("<note>\r\n------=_part--\r\n ----=_part1 </note>")}};
	struct ply_rlmi_list l = {PLY_RLMI_MS, L("sip:x@y"), 0, false, bad, 1};
	struct ply_strbuf b = PLY_STRBUF_INIT, t = PLY_STRBUF_INIT;

	(void)state;
	ply_rlmi_write(&b, &t, &l);
	assert_non_null(strstr(ply_strbuf_str(&t), "boundary=\"----=_part2\""));
	ply_strbuf_deinit(&b);
	ply_strbuf_deinit(&t);
}

static void provisioning_says_what_clients_must_not_miss(void **state)
{
	struct ply_provision p = {
		.server = {.abs_internal_url = "https://pool.example.com:443/abs",
			   .focus_factory_uri =
				   "sip:alice@example.com;gruu;opaque=app:conf:focusfactory"},
		.meeting = {.name = "Default & only", .allow_ip_audio = true, .meeting_size = 250},
		.uc = {.name = "Default"},
	};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_provision_write(&b, PLY_PROVISION_SERVER_CONFIGURATION, &p);
	is(&b, "<provisionGroupList xmlns=\"http://schemas.microsoft.com/2006/09/sip/"
	       "provisiongrouplist-notification\"><provisionGroup name=\"ServerConfiguration\">"
	       "<absInternalServerUrl>https://pool.example.com:443/abs</absInternalServerUrl>"
	       "<focusFactoryUri>sip:alice@example.com;gruu;opaque=app:conf:focusfactory"
	       "</focusFactoryUri>"
	       "<ucPC2PCAVEncryption>SupportEncryption</ucPC2PCAVEncryption>"
	       "<ucEnableUserLogging>false</ucEnableUserLogging><qosEnabled>false</qosEnabled>"
	       "<ucPortRangeEnabled>false</ucPortRangeEnabled></provisionGroup>"
	       "</provisionGroupList>");
	ply_provision_write(&b, PLY_PROVISION_ALL, &p);
	assert_non_null(strstr(b.p, "<provisionGroup name=\"meetingPolicy\"><instance>"
				    "<property name=\"Name\">Default &amp; only</property>"
				    "<property name=\"AllowIPAudio\">true</property>"));
	assert_non_null(strstr(b.p, "<property name=\"MeetingSize\">250</property>"));
	assert_non_null(strstr(b.p, "<provisionGroup name=\"ucPolicy\"><instance>"));
	assert_null(strstr(b.p, "persistentChat"));
	ply_strbuf_deinit(&b);
	p.server.port_range_enabled = true;
	p.server.min_media_port = 50000;
	p.server.max_media_port = 50039;
	ply_provision_write(&b, PLY_PROVISION_SERVER_CONFIGURATION, &p);
	assert_non_null(strstr(b.p, "<ucPortRangeEnabled>true</ucPortRangeEnabled>"
				    "<ucMinMediaPort>50000</ucMinMediaPort>"
				    "<ucMaxMediaPort>50039</ucMaxMediaPort>"));
	ply_strbuf_deinit(&b);
}

static void the_server_publishes_in_every_container(void **state)
{
	static const struct ply_state machine = {
		.type = PLY_STATE_MACHINE, .has_availability = true, .availability = 3500};
	static const struct ply_device dev = {.endpoint_id = L("e1"),
					      .cap[PLY_SERVICE_TEXT] = {true, true, true, false}};
	const struct ply_device *devs[] = {&dev};
	const struct ply_agg_state in[] = {{&machine, 2, 9, 1, L("e1")},
					   {&machine, 3, 9, 1, L("e1")}};
	struct ply_agg_input input = {L("sip:alice@example.com"), true, in, 2, devs, 1};
	static const struct {
		const char *category;
		uint32_t instance, container;
		enum ply_expire_type expire;
		const char *body;
	} want[] = {
#define XSI                                                                                        \
	"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "                                 \
	"xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\""
		{"state", 1, 2, PLY_EXPIRE_USER,
		 "<state xsi:type=\"aggregateState\" " XSI "><availability>3500</availability>"
		 "<device>computer</device></state>"},
		{"state", 1, 100, PLY_EXPIRE_USER,
		 "<state xsi:type=\"aggregateState\" " XSI "><availability>3500</availability>"
		 "</state>"},
		{"state", 0, 32000, PLY_EXPIRE_STATIC,
		 "<state xsi:type=\"aggregateState\" " XSI "><availability>18500</availability>"
		 "</state>"},
		{"state", 0x10000000, 2, PLY_EXPIRE_USER,
		 "<state xsi:type=\"aggregateMachineState\" endpointId=\"e1\" " XSI
		 "><availability>3500</availability></state>"},
		{"legacyInterop", 1, 300, PLY_EXPIRE_USER,
		 "<legacyInterop xmlns=\"http://schemas.microsoft.com/2006/09/sip/legacyInterop\" "
		 "availability=\"3500\"/>"},
		{"services", 0, 400, PLY_EXPIRE_USER,
		 "<services xmlns=\"http://schemas.microsoft.com/2006/09/sip/service\">"
		 "<service uri=\"sip:alice@example.com\"><capabilities>"
		 "<text deviceAvailability=\"3500\" render=\"true\" capture=\"true\" "
		 "publish=\"false\"/></capabilities></service></services>"},
		{"services", 0, 32000, PLY_EXPIRE_USER, ""},
	};
	struct ply_agg_result r;

	(void)state;
	assert_int_equal(ply_aggregate_all(&r, &input), 0);
	assert_int_equal(r.n, 7 + 1 + 4 + 6);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct ply_agg_output *o = NULL;

		for (size_t k = 0; k < r.n; k++)
			if (!strcmp(r.out[k].category, want[i].category) &&
			    r.out[k].instance == want[i].instance &&
			    r.out[k].container == want[i].container)
				o = &r.out[k];
		if (!o || o->expire_type != want[i].expire || !ply_slice_is(o->body, want[i].body))
			fail_msg("%s in %u: [%.*s]", want[i].category, want[i].container,
				 PLY_SLICE_ARG(o ? o->body : ply_slice("none", 4)));
	}
	ply_agg_result_deinit(&r);
}

static void the_directory_speaks_through_cards_and_lines(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_contact_card_write(&b, &(struct ply_card){.display_name = L("Bob Example"),
						      .email = L("bob@example.com"),
						      .company = L("Example & Co"),
						      .work_phone = L("tel:+15550100")});
	is(&b, "<contactCard xmlns=\"http://schemas.microsoft.com/2006/09/sip/contactcard\">"
	       "<identity><name><displayName>Bob Example</displayName></name>"
	       "<email>bob@example.com</email></identity><company>Example &amp; Co</company>"
	       "<phone type=\"work\"><uri>tel:+15550100</uri></phone></contactCard>");
	ply_user_properties_write(&b, PLY_LINE_UC, ply_slice_str("tel:+15550100"),
				  ply_slice_str("sip:unused"));
	is(&b, "<userProperties><lines><line lineType=\"Uc\">tel:+15550100</line></lines>"
	       "</userProperties>");
	ply_user_properties_write(&b, PLY_LINE_RCC, ply_slice_str("tel:+15550100"),
				  ply_slice_str("sip:pbx@example.com"));
	is(&b, "<userProperties><lines><line lineType=\"Rcc\" lineServer=\"sip:pbx@example.com\">"
	       "tel:+15550100</line></lines></userProperties>");
	ply_user_properties_write(&b, PLY_LINE_NONE, ply_slice_str(""), ply_slice_str(""));
	is(&b, "<userProperties><lines/></userProperties>");
}

static int aggregate_once(void *ctx)
{
	struct ply_agg_input input = {.uri = L("sip:a@b")};
	struct ply_agg_result out;
	int r = ply_aggregate_all(&out, &input);

	(void)ctx;
	ply_agg_result_deinit(&out);
	return r;
}

static void publishing_fails_cleanly_without_memory(void **state)
{
	(void)state;
	fails_cleanly_without_memory(aggregate_once, NULL);
}

static void what_xml_cannot_hold_is_remembered_as_an_error(void **state)
{
	static const struct ply_contact c = {.uri = L("a@b"), .name = L("bell \a")};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_contact_list_write(&b, 1, NULL, 0, &c, 1);
	assert_int_equal(ply_strbuf_err(&b), -EINVAL);
	ply_strbuf_deinit(&b);
}

static void availability_and_pidf_map_both_ways(void **state)
{
	static const struct { /* NOLINT(clang-analyzer-optin.performance.Padding): read as rows */
		const char *why;
		uint32_t availability;
		const char *token;
		bool open;
		uint32_t activities;
		uint32_t back;
		const char *back_token;
	} cases[] = {
		{"available", 3500, "", true, 0, 3500, ""},
		{"idle", 5000, "", true, 0, 5000, ""},
		{"busy", 6500, "", true, BIT(PLY_RPID_BUSY), 6500, ""},
		{"busy with words of one's own", 6500, "x", true, BIT(PLY_RPID_BUSY), 6500, ""},
		{"in a call", 6500, "on-the-phone", true,
		 BIT(PLY_RPID_ON_THE_PHONE) | BIT(PLY_RPID_BUSY), 6500, "on-the-phone"},
		{"in a meeting", 6500, "in-a-meeting", true,
		 BIT(PLY_RPID_MEETING) | BIT(PLY_RPID_BUSY), 6500, "in-a-meeting"},
		{"in a conference", 7000, "in-a-conference", true,
		 BIT(PLY_RPID_ON_THE_PHONE) | BIT(PLY_RPID_BUSY), 6500, "on-the-phone"},
		{"urgent interruptions only", 6900, "urgent-interruptions-only", true,
		 BIT(PLY_RPID_BUSY), 9500, ""},
		{"busy and idle", 7500, "", true, BIT(PLY_RPID_BUSY), 7500, ""},
		{"presenting", 9000, "in-presentation", true,
		 BIT(PLY_RPID_PRESENTATION) | BIT(PLY_RPID_BUSY), 9000, "in-presentation"},
		{"do not disturb", 9500, "", true, BIT(PLY_RPID_BUSY), 9500, ""},
		{"be right back", 12500, "", true, BIT(PLY_RPID_AWAY), 12500, ""},
		{"away", 15500, "", true, BIT(PLY_RPID_AWAY), 15500, ""},
		{"at lunch", 15500, "out-to-lunch", true, BIT(PLY_RPID_MEAL) | BIT(PLY_RPID_AWAY),
		 15500, "out-to-lunch"},
		{"out of office", 15500, "out-of-office", true,
		 BIT(PLY_RPID_VACATION) | BIT(PLY_RPID_AWAY), 15500, "out-of-office"},
		{"offline", 18500, "", false, 0, 18500, ""},
		{"unknown", 0, "", false, 0, 18500, ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_pidf p = {.entity = L("sip:a@b")}, q;
		struct ply_strbuf b = PLY_STRBUF_INIT;
		struct ply_slice token;
		uint32_t back;

		ply_pidf_from_availability(&p, cases[i].availability,
					   ply_slice_str(cases[i].token));
		ply_pidf_write(&b, &p);
		assert_int_equal(ply_pidf_parse(&q, ply_strbuf_slice(&b)), 0);
		ply_pidf_to_availability(&q, &back, &token);
		if (p.open != cases[i].open || p.activities != cases[i].activities ||
		    q.activities != p.activities || back != cases[i].back ||
		    !ply_slice_is(token, cases[i].back_token))
			fail_msg("%s: open %d activities %x back %u [%.*s]", cases[i].why, p.open,
				 p.activities, back, PLY_SLICE_ARG(token));
		ply_pidf_deinit(&q);
		ply_strbuf_deinit(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(watchers_see_names_instances_and_values_only),
		cmocka_unit_test(version_conflicts_name_operations_from_one),
		cmocka_unit_test(own_view_lists_categories_containers_and_subscribers),
		cmocka_unit_test(the_list_has_no_scheme_and_single_blanks),
		cmocka_unit_test(the_delta_has_the_scheme_and_deletes_last),
		cmocka_unit_test(soap_is_answered_in_soap),
		cmocka_unit_test(an_empty_line_stands_before_every_boundary),
		cmocka_unit_test(list_notifications_follow_rfc_4662_for_standard_clients),
		cmocka_unit_test(no_document_can_contain_the_boundary),
		cmocka_unit_test(provisioning_says_what_clients_must_not_miss),
		cmocka_unit_test(the_server_publishes_in_every_container),
		cmocka_unit_test(the_directory_speaks_through_cards_and_lines),
		cmocka_unit_test(publishing_fails_cleanly_without_memory),
		cmocka_unit_test(what_xml_cannot_hold_is_remembered_as_an_error),
		cmocka_unit_test(availability_and_pidf_map_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
