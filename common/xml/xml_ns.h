/* Every XML namespace that Parley reads or writes, in one list. Rank 1. */
#ifndef PLY_XML_XML_NS_H
#define PLY_XML_XML_NS_H

/* clang-format off */
#define PLY_NS_XML                  "http://www.w3.org/XML/1998/namespace"
#define PLY_NS_XSI                  "http://www.w3.org/2001/XMLSchema-instance"
#define PLY_NS_XSD                  "http://www.w3.org/2001/XMLSchema"
#define PLY_NS_SOAP                 "http://schemas.xmlsoap.org/soap/envelope/"

/* Enhanced presence, [MS-PRES] */
#define PLY_NS_RICH_PRESENCE        "http://schemas.microsoft.com/2006/09/sip/rich-presence"
#define PLY_NS_CATEGORIES           "http://schemas.microsoft.com/2006/09/sip/categories"
#define PLY_NS_CATEGORYLIST         "http://schemas.microsoft.com/2006/09/sip/categorylist"
#define PLY_NS_CONTAINER_MGMT       "http://schemas.microsoft.com/2006/09/sip/container-management"
#define PLY_NS_CONTAINERS           "http://schemas.microsoft.com/2006/09/sip/containers"
#define PLY_NS_SUBSCRIBERS          "http://schemas.microsoft.com/2006/09/sip/presence-subscribers"
#define PLY_NS_ROAMING_SELF         "http://schemas.microsoft.com/2006/09/sip/roaming-self"
#define PLY_NS_BATCH_SUBSCRIBE      "http://schemas.microsoft.com/2006/01/sip/batch-subscribe"
#define PLY_NS_STATE                "http://schemas.microsoft.com/2006/09/sip/state"
#define PLY_NS_DEVICE               "http://schemas.microsoft.com/2006/09/sip/device"
#define PLY_NS_SERVICE              "http://schemas.microsoft.com/2006/09/sip/service"
#define PLY_NS_LEGACY_INTEROP       "http://schemas.microsoft.com/2006/09/sip/legacyInterop"
#define PLY_NS_NOTE                 "http://schemas.microsoft.com/2006/09/sip/note"
#define PLY_NS_CONTACTCARD          "http://schemas.microsoft.com/2006/09/sip/contactcard"
#define PLY_NS_CUSTOM_STATES        "http://schemas.microsoft.com/09/2005/communicator/customStates"
#define PLY_NS_ROUTING              "http://schemas.microsoft.com/02/2006/sip/routing"
/* Contacts, groups and older presence over SOAP, [MS-SIP] */
#define PLY_NS_WINRTC               "http://schemas.microsoft.com/winrtc/2002/11/sip"

/* In-band provisioning */
#define PLY_NS_PROVISION_LIST       "http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist"
#define PLY_NS_PROVISION_NOTIFY     "http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"
#define PLY_NS_LOCATION_PROFILE     "http://schemas.microsoft.com/2007/03/LocationProfileDescription"
#define PLY_NS_MRAS                 "http://schemas.microsoft.com/2006/09/sip/mrasp"

/* Conferencing, [MS-CONFBAS] and RFC 4575 */
#define PLY_NS_CCCP                 "urn:ietf:params:xml:ns:cccp"
#define PLY_NS_CCCP_EXT             "http://schemas.microsoft.com/rtc/2005/08/cccpextensions"
#define PLY_NS_CONFINFO             "urn:ietf:params:xml:ns:conference-info"
#define PLY_NS_CONFINFO_SEPARATOR   "urn:ietf:params:xml:ns:conference-info-separator"
#define PLY_NS_CONFINFO_EXT         "http://schemas.microsoft.com/rtc/2005/08/confinfoextensions"
#define PLY_NS_CONFINFO_EXT_2008    "http://schemas.microsoft.com/rtc/2008/12/confinfoextensions"
#define PLY_NS_CONFINFO_ACP         "http://schemas.microsoft.com/rtc/2005/08/acpconfinfoextensions"

/* Messages, third-party call control */
#define PLY_NS_IMDN                 "http://schemas.microsoft.com/rtc/2005/08/imdn"
#define PLY_NS_RCC                  "http://schemas.microsoft.com/Lcs/2005/04/RCCExtension"

/* Standard clients: RFC 3863, 4479, 4480, 5196, 4662, 4826, 3994 */
#define PLY_NS_PIDF                 "urn:ietf:params:xml:ns:pidf"
#define PLY_NS_PIDF_DATA_MODEL      "urn:ietf:params:xml:ns:pidf:data-model"
#define PLY_NS_PIDF_RPID            "urn:ietf:params:xml:ns:pidf:rpid"
#define PLY_NS_PIDF_CAPS            "urn:ietf:params:xml:ns:pidf:caps"
#define PLY_NS_RLMI                 "urn:ietf:params:xml:ns:rlmi"
#define PLY_NS_RESOURCE_LISTS       "urn:ietf:params:xml:ns:resource-lists"
#define PLY_NS_IM_ISCOMPOSING       "urn:ietf:params:xml:ns:im-iscomposing"
/* clang-format on */

#endif
