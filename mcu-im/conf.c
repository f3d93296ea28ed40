/* clang-format off */
#include "base/conf.h"
#include "mcu-im/mim.h"

#define S "mcu-im"
#define MIM(field) offsetof(struct mim_settings, field)

const struct ply_conf_item mim_conf_items[] = {
/* section key                 type           flags            where                 min   max       default         choices man page text */
 { S, "sip_listen",            PLY_CONF_ADDR, 0,               MIM(sip_listen),    0,    0,        "0.0.0.0:5062", NULL,   "address for SIP of Front Ends (mutual TLS)" },
 { S, "c3p_listen",            PLY_CONF_ADDR, 0,               MIM(c3p_listen),    0,    0,        "0.0.0.0:5063", NULL,   "address for commands of Front Ends (HTTPS, mutual TLS)" },
 { S, "fqdn",                  PLY_CONF_STR,  0,               MIM(fqdn),            0,    0,        "",             NULL,   "name in its certificate; empty: fqdn of [common]" },
 { S, "address",               PLY_CONF_STR,  0,               MIM(address),         0,    0,        "",             NULL,   "IP address it tells Front Ends to reach it at; empty: they look its name up" },
 { S, "certificate",           PLY_CONF_PATH, 0,               MIM(certificate),     0,    0,        "",             NULL,   "PEM file of its own certificate; empty: that of [common]" },
 { S, "key",                   PLY_CONF_PATH, 0,               MIM(key),             0,    0,        "",             NULL,   "PEM file of the key; empty: that of [common]" },
 { S, "factory",               PLY_CONF_LIST, 0,               MIM(factory),         0,    0,        "",             NULL,   "Front Ends it offers itself to: https://NAME[:444], where NAME cannot be looked up https://NAME:444@ADDRESS:444" },
 { S, "trusted_servers",       PLY_CONF_LIST, 0,               MIM(trusted_servers), 0,    0,        "",             NULL,   "FQDNs of further servers that may send it requests" },
 { S, "max_conferences",       PLY_CONF_UINT, 0,               MIM(max_conferences), 1,    1000000,  "10000",        NULL,   "conferences at once" },
 { S, "max_endpoints",         PLY_CONF_UINT, 0,               MIM(max_endpoints),   1,    1000000,  "50000",        NULL,   "participants' endpoints at once, all conferences together; its load is counted by it" },
 { S, "queue_messages",        PLY_CONF_UINT, PLY_CONF_RELOAD, MIM(queue_messages),  1,    10000,    "64",           NULL,   "messages that may wait for one participant; one more puts him out" },
 { S, "queue_bytes",           PLY_CONF_SIZE, PLY_CONF_RELOAD, MIM(queue_bytes),     65536, 16777216, "256KiB",      NULL,   "the same in octets" },
 { S, "max_body",              PLY_CONF_SIZE, PLY_CONF_RELOAD, MIM(max_body),        1024, 65536,    "64KiB",        NULL,   "largest message; a larger one is answered 413" },
 { S, "sender_rate",           PLY_CONF_UINT, PLY_CONF_RELOAD, MIM(sender_rate),     1,    100000,   "10",           NULL,   "messages a second that one participant may send" },
 { S, "sender_burst",          PLY_CONF_UINT, PLY_CONF_RELOAD, MIM(sender_burst),    1,    100000,   "20",           NULL,   "messages that he may send at once" },
 { S, "max_flows",             PLY_CONF_UINT, 0,               MIM(max_flows),       4,    100000,   "1000",         NULL,   "connections at once" },
 { S, "fan_out",               PLY_CONF_BOOL, PLY_CONF_RELOAD, MIM(fan_out),         0,    0,        "yes",          NULL,   "send copies for one Front End as one request" },
 { S, "frontend_sip_port",     PLY_CONF_UINT, PLY_CONF_RELOAD, MIM(frontend_sip_port), 1,   65535,    "5061",         NULL,   "port for SIP over TLS of Front Ends; calls to participants go there" },
 { S, "ring_time",             PLY_CONF_UINT, PLY_CONF_RELOAD, MIM(ring_time),       1,    110,      "60",           NULL,   "seconds after which a call that nobody answers is given up" },
 { NULL, NULL, PLY_CONF_STR, 0, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
