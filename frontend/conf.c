/* clang-format off */
#include "base/conf.h"
#include "frontend/fe.h"

#define S "frontend"
#define FE(field) offsetof(struct fe_conf, field)

const struct ply_conf_item fe_conf_items[] = {
/* section key                   type           flags            where                      min   max      default        choices          man page text */
 { S, "tls_listen",              PLY_CONF_LIST, 0,               FE(tls_listen),            0,    0,       "0.0.0.0:5061", NULL,          "addresses for SIP over TLS, clients and servers alike" },
 { S, "tcp_listen",              PLY_CONF_LIST, 0,               FE(tcp_listen),            0,    0,       "0.0.0.0:5060", NULL,          "addresses for SIP over TCP; empty: none" },
 { S, "udp_listen",              PLY_CONF_LIST, 0,               FE(udp_listen),            0,    0,       "",             NULL,          "addresses for SIP over UDP, for standard clients; empty: none" },
 { S, "trusted_servers",         PLY_CONF_LIST, PLY_CONF_RELOAD, FE(trusted_servers),       0,    0,       "",             NULL,          "FQDNs of servers whose asserted identities are believed (mutual TLS)" },
 { S, "ntlm_domain",             PLY_CONF_STR,  0,               FE(ntlm_domain),           0,    0,       "PARLEY",       NULL,          "NetBIOS domain name for NTLM sign-in (DOMAIN\\user)" },
 { S, "kerberos_keytab",         PLY_CONF_PATH, 0,               FE(kerberos_keytab),       0,    0,       "",             NULL,          "keytab with sip/FQDN; empty: Kerberos is not offered" },
 { S, "signature_version",       PLY_CONF_UINT, 0,               FE(signature_version),     3,    4,       "4",            NULL,          "version of message signing offered to clients ([MS-SIPAE])" },
 { S, "digest_md5",              PLY_CONF_BOOL, PLY_CONF_RELOAD, FE(digest_md5),            0,    0,       "yes",          NULL,          "offer Digest MD5 beside SHA-256 to standard clients" },
 { S, "udp_auth",                PLY_CONF_ENUM, PLY_CONF_RELOAD, FE(udp_auth),              0,    0,       "request",      "request|flow", "on UDP: challenge every request, or trust an address once it registered" },
 { S, "max_endpoints",           PLY_CONF_UINT, PLY_CONF_RELOAD, FE(max_endpoints),         1,    64,      "8",            NULL,          "endpoints a user may register; one more puts out the oldest" },
 { S, "expires_default",         PLY_CONF_SECS, PLY_CONF_RELOAD, FE(expires_default),       60,   86400,   "2h",           NULL,          "registration time when the client asks for none" },
 { S, "expires_min",             PLY_CONF_SECS, PLY_CONF_RELOAD, FE(expires_min),           1,    3600,    "30s",          NULL,          "shortest registration time; less is answered 423" },
 { S, "expires_max",             PLY_CONF_SECS, PLY_CONF_RELOAD, FE(expires_max),           60,   86400,   "2h",           NULL,          "longest registration time granted" },
 { S, "registration_write",      PLY_CONF_ENUM, 0,               FE(registration_write),    0,    0,       "behind",       "behind|durable", "answer REGISTER before (behind) or after (durable) the database has it" },
 { S, "keepalive_timeout",       PLY_CONF_SECS, PLY_CONF_RELOAD, FE(keepalive_timeout),     30,   3600,    "5m",           NULL,          "silence after which clients send a keepalive" },
 { S, "max_message",             PLY_CONF_SIZE, 0,               FE(max_message),           4096, 4194304, "256KiB",       NULL,          "largest SIP message; a larger one is answered 513" },
 { S, "max_flows",               PLY_CONF_UINT, 0,               FE(max_flows),             16,   1000000, "100000",       NULL,          "connections at once" },
 { S, "max_flows_per_source",    PLY_CONF_UINT, 0,               FE(max_flows_per_source),  0,    1000000, "500",          NULL,          "connections from one address at once, loopback exempt; 0: no limit" },
 { S, "max_transactions",        PLY_CONF_UINT, 0,               FE(max_transactions),      100,  10000000, "200000",      NULL,          "transactions at once; beyond it 503" },
 { S, "max_contacts",            PLY_CONF_UINT, PLY_CONF_RELOAD, FE(max_contacts),          1,    10000,   "250",          NULL,          "contacts in a user's list" },
 { S, "max_group_members",       PLY_CONF_UINT, PLY_CONF_RELOAD, FE(max_group_members),     1,    1000,    "1000",         NULL,          "people a group has at most to be invited to a meeting at once" },
 { S, "timer_c",                 PLY_CONF_SECS, 0,               FE(timer_c),               180,  3600,    "181s",         NULL,          "longest ringing of a proxied INVITE (RFC 3261 timer C)" },
 { S, "user_cache",              PLY_CONF_UINT, 0,               FE(user_cache),            100,  10000000, "50000",       NULL,          "users kept in memory who are not signed in" },
 { S, "external_route",          PLY_CONF_ENUM, 0,               FE(external_route),        0,    0,       "refuse",       "refuse|dns",  "requests for other domains: refuse, or follow DNS (RFC 3263)" },
 { S, "dns_hosts",               PLY_CONF_PATH, 0,               FE(dns_hosts),             0,    0,       "",             NULL,          "file of addresses and SRV records that are not asked from DNS" },
 { S, "c3p_listen",              PLY_CONF_ADDR, 0,               FE(c3p_listen),            0,    0,       "0.0.0.0:444",  NULL,          "address for conferencing servers (HTTPS, mutual TLS); empty: none are used" },
 { S, "c3p_url",                 PLY_CONF_STR,  0,               FE(c3p_url),               0,    0,       "",             NULL,          "URL that conferencing servers reach it by; empty: https://FQDN:PORT" },
 { S, "bench_users",             PLY_CONF_STR,  0,               FE(bench_users),           0,    0,       "",             NULL,          "users whose name begins so may sign in from loopback only (labs)" },
 { S, "cdr",                     PLY_CONF_BOOL, 0,               FE(cdr),                   0,    0,       "yes",          NULL,          "write call detail records of IM sessions and meetings to lcslog (parley cdr)" },
 { S, "cdr_spool_max",           PLY_CONF_SIZE, 0,               FE(cdr_spool_max),         65536, 1073741824, "64MiB",    NULL,          "records kept in state_dir/spool while the database is away; beyond it the oldest go" },
 { NULL, NULL, PLY_CONF_STR, 0, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
