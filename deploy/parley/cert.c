/* parley cert ...: the lab's own authority and certificates for servers, with the names the product
 * expects. */
#include "base/clock.h"
#include "base/mem.h"
#include "crypto/x509.h"
#include "deploy/parley/cli.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { MAX_PEM = 1 << 20, MAX_SAN = 32, DAY_S = 86400 };

static const struct cli_verb *this_verb(const char *verb)
{
	const struct cli_verb *v = cli_cert_verbs;

	while (v->noun && strcmp(v->verb, verb) != 0)
		v++;
	return v;
}

static int write_pair(struct cli *c, const struct ply_x509_pem *p, const char *cert,
		      const char *key)
{
	int r = ply_x509_write(key, p->key, true);

	if (!r)
		r = ply_x509_write(cert, p->cert, false);
	if (r)
		return cli_errorf(CLI_REFUSED, "PRL-CERT-001", NULL, "cannot write %s or %s: %s",
				  cert, key, strerror(-r));
	cli_say(c, "wrote %s and %s\n", cert, key);
	return CLI_OK;
}

static unsigned days_option(struct cli *c, unsigned def)
{
	const char *text = cli_option(c, "--days");
	uint32_t days = def;

	if (text && (!ply_slice_to_u32(ply_slice_str(text), &days) || !days || days > 36500))
		days = 0;
	return days;
}

static enum ply_x509_key key_option(struct cli *c)
{
	const char *text = cli_option(c, "--key-type");

	return text && strcmp(text, "p256") == 0 ? PLY_X509_P256 : PLY_X509_RSA2048;
}

static int cert_ca(struct cli *c)
{
	const char *cert = cli_option(c, "--out"), *key = cli_option(c, "--key-out"),
		   *name = cli_option(c, "--name");
	struct ply_x509_req req = {.cn = name ? name : "Parley lab CA",
				   .days = days_option(c, 3650),
				   .key = key_option(c)};
	struct ply_x509_pem pem = {0};
	int code;

	if (!cli_words(c, 0, this_verb("ca")))
		return CLI_USAGE;
	if (!cert || !key || !req.days)
		return cli_errorf(CLI_USAGE, "PRL-CLI-004", NULL, "usage: parley cert ca %s",
				  this_verb("ca")->args);
	if (ply_x509_make_ca(&pem, &req))
		return cli_error(CLI_REFUSED, "PRL-CERT-002", "the authority could not be made",
				 NULL, NULL);
	code = write_pair(c, &pem, cert, key);
	ply_x509_pem_deinit(&pem);
	return code;
}

static size_t split_names(char *text, const char *out[MAX_SAN + 1])
{
	size_t n = 0;

	for (char *save = NULL, *w = strtok_r(text, ", ", &save); w && n < MAX_SAN;
	     w = strtok_r(NULL, ", ", &save))
		out[n++] = w;
	out[n] = NULL;
	return n;
}

/* The certificate's own name first, then sip.DOMAIN and the others given (topology: SAN of a
 * Standard Edition server). */
static int cert_server(struct cli *c)
{
	const char *ca_cert = cli_option(c, "--ca"), *ca_key = cli_option(c, "--ca-key"),
		   *fqdn = cli_option(c, "--name"), *san = cli_option(c, "--san"),
		   *cert = cli_option(c, "--out"), *key = cli_option(c, "--key-out");
	struct ply_strbuf names = PLY_STRBUF_INIT, ca_text = PLY_STRBUF_INIT,
			  key_text = PLY_STRBUF_INIT;
	struct ply_x509_req req = {.cn = fqdn, .days = days_option(c, 825), .key = key_option(c)};
	const char *list[MAX_SAN + 1];
	struct ply_x509_pem pem = {0}, ca;
	int code = CLI_USAGE, r;

	if (!cli_words(c, 0, this_verb("server")))
		return CLI_USAGE;
	if (!ca_cert || !ca_key || !fqdn || !cert || !key || !req.days)
		return cli_errorf(CLI_USAGE, "PRL-CLI-004", NULL, "usage: parley cert server %s",
				  this_verb("server")->args);
	ply_strbuf_addf(&names, "%s%s%s", fqdn, san ? "," : "", san ? san : "");
	if (cli_read_file(ca_cert, MAX_PEM, &ca_text) &&
	    cli_read_file(ca_key, MAX_PEM, &key_text)) {
		(void)split_names(names.p, list);
		req.san = list;
		ca = (struct ply_x509_pem){ca_text.p, key_text.p};
		r = ply_x509_make_server(&pem, &req, &ca);
		code = r ? cli_error(CLI_REFUSED, "PRL-CERT-003",
				     "the certificate could not be made",
				     r == PLY_X509_E_BAD
					     ? "the authority's certificate or key cannot be used"
					     : NULL,
				     NULL)
			 : write_pair(c, &pem, cert, key);
	}
	ply_x509_pem_deinit(&pem);
	ply_strbuf_deinit(&names);
	ply_strbuf_deinit(&ca_text);
	ply_strbuf_deinit(&key_text);
	return code;
}

static int show_info(struct cli *c, const char *path, const struct ply_x509_info *info)
{
	static const struct cli_column col[] = {
		{"file", "file"},
		{"subject", "subject"},
		{"issuer", "issuer"},
		{"names", "names"},
		{"not_before", "valid from"},
		{"not_after", "valid until"},
		{"days_left", "days left"},
		{"fingerprint", "sha-256"},
	};
	char from[PLY_TIME_MAX], to[PLY_TIME_MAX], days[24];
	uint64_t now = ply_wall_ms();
	long long left = ((long long)info->not_after_ms - (long long)now) / 1000 / DAY_S;
	const char *row[] = {path,
			     info->subject_cn,
			     info->issuer_cn,
			     info->san,
			     ply_time_iso(info->not_before_ms, from),
			     ply_time_iso(info->not_after_ms, to),
			     days,
			     info->fingerprint};

	(void)snprintf(days, sizeof days, "%lld", left);
	cli_object(c, col, row, ARRAY_LEN(col));
	if (info->not_after_ms < now)
		return cli_errorf(CLI_REFUSED, "PRL-CERT-004", "renew it: parley cert server ...",
				  "%s has expired", path);
	return CLI_OK;
}

static int cert_show(struct cli *c)
{
	struct ply_strbuf text = PLY_STRBUF_INIT;
	struct ply_x509_info info;
	const char *path;
	int code = CLI_USAGE;

	if (c->argc == 0 && !cli_common(c))
		return CLI_USAGE;
	if (c->argc == 0 && !c->common.certificate)
		return cli_errorf(CLI_USAGE, "PRL-CONF-003", "name a file",
				  "[common] certificate is not set in %s", c->conf_path);
	if (c->argc > 1)
		return cli_errorf(CLI_USAGE, "PRL-CLI-004", NULL, "usage: parley cert show %s",
				  this_verb("show")->args);
	path = c->argc ? c->argv[0] : c->common.certificate;
	if (cli_read_file(path, MAX_PEM, &text)) {
		if (ply_x509_info(&info, ply_strbuf_slice(&text))) {
			code = cli_errorf(CLI_USAGE, "PRL-CERT-005", NULL,
					  "%s holds no PEM certificate", path);
		} else {
			code = show_info(c, path, &info);
			ply_x509_info_deinit(&info);
		}
	}
	ply_strbuf_deinit(&text);
	return code;
}

/* clang-format off */
const struct cli_verb cli_cert_verbs[] = {
	{ "cert", "ca", "--out CERT --key-out KEY [--name TEXT] [--days N] [--key-type rsa|p256]",
	  "make an authority for a lab or a closed deployment",
	  "  parley cert ca --out ca.pem --key-out ca.key\n  parley cert ca --name 'Example SIP CA' --out ca.pem --key-out ca.key",
	  cert_ca },
	{ "cert", "server", "--ca CERT --ca-key KEY --name FQDN [--san NAME,NAME] --out CERT --key-out KEY [--days N]\n"
	  "    [--key-type rsa|p256]", "make a server's certificate with its names",
	  "  parley cert server --ca ca.pem --ca-key ca.key --name pool.example.com --san sip.example.com --out s.pem --key-out s.key\n"
	  "  parley cert server --ca ca.pem --ca-key ca.key --name fe1.example.com --san pool.example.com,127.0.0.1 --out s.pem --key-out s.key",
	  cert_server },
	{ "cert", "show", "[FILE]", "names and days left of a certificate, this server's by default",
	  "  parley cert show\n  parley cert show /etc/parley/server.pem --json", cert_show },
	{ 0 },
};
/* clang-format on */
