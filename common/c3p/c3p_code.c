#include "c3p/c3p_internal.h"

static const char *const commands[PLY_C3P_N_CMD] = {
	[PLY_C3P_OTHER] = "",
	[PLY_C3P_ADD_CONFERENCE] = "addConference",
	[PLY_C3P_MODIFY_CONFERENCE] = "modifyConference",
	[PLY_C3P_DELETE_CONFERENCE] = "deleteConference",
	[PLY_C3P_GET_CONFERENCE] = "getConference",
	[PLY_C3P_GET_CONFERENCES] = "getConferences",
	[PLY_C3P_GET_MCU_TYPES] = "getAvailableMcuTypes",
	[PLY_C3P_GET_CAPABILITIES] = "getConferencingCapabilities",
	[PLY_C3P_GET_ENCRYPTION_KEY] = "getEncryptionKey",
	[PLY_C3P_ADD_USER] = "addUser",
	[PLY_C3P_DELETE_USER] = "deleteUser",
	[PLY_C3P_MODIFY_USER] = "modifyUser",
	[PLY_C3P_MODIFY_USER_ROLES] = "modifyUserRoles",
	[PLY_C3P_MODIFY_CONFERENCE_LOCK] = "modifyConferenceLock",
	[PLY_C3P_MODIFY_ENDPOINT] = "modifyEndpoint",
	[PLY_C3P_MODIFY_ENDPOINT_MEDIA] = "modifyEndpointMedia",
	[PLY_C3P_ENDORSE_USER] = "endorseUser",
	[PLY_C3P_MCU_STATUS] = "mcuStatus",
	[PLY_C3P_NOTIFY] = "notify",
};

const char *ply_c3p_cmd_name(enum ply_c3p_cmd cmd)
{
	return (size_t)cmd < ARRAY_LEN(commands) ? commands[cmd] : "";
}

/* Names of elements: case counts. */
enum ply_c3p_cmd ply_c3p_cmd_of(struct ply_slice name)
{
	if (ply_slice_is(name, "renameUser"))
		return PLY_C3P_MODIFY_USER;
	for (size_t i = 1; i < ARRAY_LEN(commands); i++)
		if (ply_slice_is(name, commands[i]))
			return (enum ply_c3p_cmd)i;
	return PLY_C3P_OTHER;
}

struct reason {
	const char *name;
	enum ply_c3p_diag diag;
};

/* clang-format off */
static const struct reason reasons[PLY_C3P_N_REASON] = {
[PLY_C3P_R_NONE]                        = { "", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_REQUEST_MALFORMED]           = { "requestMalformed", PLY_C3P_DIAG_PARSE },
[PLY_C3P_R_REQUEST_TOO_LARGE]           = { "requestTooLarge", PLY_C3P_DIAG_PARSE },
[PLY_C3P_R_REQUEST_CANCELLED]           = { "requestCancelled", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_NOT_SUPPORTED]               = { "notSupported", PLY_C3P_DIAG_NOT_IMPLEMENTED },
[PLY_C3P_R_UNAUTHORIZED]                = { "unauthorized", PLY_C3P_DIAG_NOT_AUTHORIZED },
[PLY_C3P_R_FORBIDDEN]                   = { "forbidden", PLY_C3P_DIAG_NOT_AUTHORIZED },
[PLY_C3P_R_SERVER_BUSY]                 = { "serverBusy", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_TIMEOUT]                     = { "timeout", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_OTHER_FAILURE]               = { "otherFailure", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_CONFERENCE_EXISTS]           = { "conferenceExists", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST]   = { "conferenceDoesNotExist", PLY_C3P_DIAG_CONF_ENTITY },
[PLY_C3P_R_INVALID_CONFERENCE_ID]       = { "invalidConferenceId", PLY_C3P_DIAG_CONF_ENTITY },
[PLY_C3P_R_INVALID_ADMISSION_POLICY]    = { "invalidAdmissionPolicy", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_INVALID_EXPIRY_TIME]         = { "invalidExpiryTime", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_INVALID_PASSCODE]            = { "invalidPasscode", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_INVALID_ROLE]                = { "invalidRole", PLY_C3P_DIAG_ROLE },
[PLY_C3P_R_INVALID_USER_ENTITY]         = { "invalidUserEntity", PLY_C3P_DIAG_TARGET_USER },
[PLY_C3P_R_INVALID_VERSION]             = { "invalidVersion", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_MAXIMUM_CONFERENCES]         = { "maximumConferencesExceeded", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_MAXIMUM_MEETING_SIZE]        = { "maximumMeetingSizeExceeded", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_UNKNOWN_MCU_TYPE]            = { "unknownMcuType", PLY_C3P_DIAG_MCU_URI },
[PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE]      = { "mcuTypeNotAvailable", PLY_C3P_DIAG_MCU_URI },
[PLY_C3P_R_SETTINGS_TOO_LARGE]          = { "entitySettingsTooLarge", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_NOTIFICATION_DATA_TOO_LARGE] = { "notificationDataTooLarge", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_ORGANIZER_DATA_TOO_LARGE]    = { "organizerRoamingDataTooLarge", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_ANONYMOUS_NOT_ALLOWED]       = { "anonymousUsersNotAllowed", PLY_C3P_DIAG_ACCESS_OR_AUTH },
[PLY_C3P_R_FEDERATED_NOT_ALLOWED]       = { "federatedUsersNotAllowed", PLY_C3P_DIAG_ACCESS_OR_AUTH },
[PLY_C3P_R_USER_EXISTS]                 = { "userExists", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_USER_DOES_NOT_EXIST]         = { "userDoesNotExist", PLY_C3P_DIAG_TARGET_USER },
[PLY_C3P_R_ENDPOINT_DOES_NOT_EXIST]     = { "endpointDoesNotExist", PLY_C3P_DIAG_ENDPOINT_ENTITY },
[PLY_C3P_R_MEDIA_DOES_NOT_EXIST]        = { "mediaDoesNotExist", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_MEDIA_NOT_SUPPORTED]         = { "mediaNotSupported", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_USER_BUSY]                   = { "userBusy", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_USER_DECLINED]               = { "userDeclined", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_USER_NOT_ANSWERED]           = { "userNotAnswered", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_USER_UNKNOWN]                = { "userUnknown", PLY_C3P_DIAG_NONE },
[PLY_C3P_R_STALE]                       = { "stale", PLY_C3P_DIAG_NONE },
};

/* Other words for the same. */
static const struct {
	const char *name;
	enum ply_c3p_reason reason;
} aliases[] = {
	{ "requestTimeout", PLY_C3P_R_TIMEOUT },
	{ "conferenceExistsAlready", PLY_C3P_R_CONFERENCE_EXISTS },
	{ "conferenceDoesntExist", PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST },
	{ "userDoesntExist", PLY_C3P_R_USER_DOES_NOT_EXIST },
	{ "endpointDoesntExist", PLY_C3P_R_ENDPOINT_DOES_NOT_EXIST },
	{ "mediaDoesntExist", PLY_C3P_R_MEDIA_DOES_NOT_EXIST },
	{ "userDenied", PLY_C3P_R_USER_DECLINED },
};
/* clang-format on */

const char *ply_c3p_reason_name(enum ply_c3p_reason r)
{
	return (size_t)r < ARRAY_LEN(reasons) ? reasons[r].name : "";
}

enum ply_c3p_reason ply_c3p_reason_of(struct ply_slice s)
{
	s = ply_slice_trim(s);
	for (size_t i = PLY_C3P_R_NONE + 1; i < ARRAY_LEN(reasons); i++)
		if (ply_slice_caseis(s, reasons[i].name))
			return (enum ply_c3p_reason)i;
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (ply_slice_caseis(s, aliases[i].name))
			return aliases[i].reason;
	return PLY_C3P_R_OTHER_FAILURE;
}

unsigned ply_c3p_reason_diag(enum ply_c3p_reason r)
{
	return (size_t)r < ARRAY_LEN(reasons) ? (unsigned)reasons[r].diag : PLY_C3P_DIAG_NONE;
}
