"""Linphone's console client: digest, PUBLISH, SUBSCRIBE, MESSAGE over TLS and TCP. It checks the
server's certificate against the lab's CA (not the name: it is given an address).

    erin = linphone.Linphone(lab, "erin").registered()
    erin("chat " + bob.uri + " hello")
    erin.wait_line("grüß dich")          # its trace has every SIP message, line by line
"""
import os

from .process import Process, need

RC = """[sip]
sip_port=-2
sip_tcp_port=-2
sip_tls_port=-2
root_ca={ca}
verify_server_certs=1
verify_server_cn=0
contact={uri}
default_proxy=0
use_ipv6=0
[net]
firewall_policy=0
[sound]
echocancellation=0
[video]
enabled=0
capture=0
display=0
[proxy_0]
reg_proxy=<sip:{server};transport={transport}>
reg_route=<sip:{server};transport={transport}>
reg_identity={uri}
reg_expires=600
reg_sendregister=1
publish=1
[auth_info_0]
username={name}
userid={name}
passwd={password}
domain={domain}
"""


class Linphone:
    def __init__(self, lab, user, transport="tls", ca=None):
        self.user = lab.user(user)
        home = lab.tempdir(f"linphone-{self.user.name}-")
        for folder in (".local/share/linphone", ".config/linphone"):
            os.makedirs(os.path.join(home, folder))
        rc = os.path.join(home, "rc")
        with open(rc, "w") as f:
            f.write(RC.format(ca=ca or lab.env["CA_FILE"], uri=self.user.uri, name=self.user.name,
                              password=self.user.password, domain=self.user.domain, transport=transport,
                              server=lab.env["SIP_" + transport.upper()]))
        self.process = Process([need("linphonec", "linphone-cli"), "-c", rc, "-d", "6"],
                               f"linphone {self.user.name}", on_prompt=self._prompt,
                               env={**os.environ, "HOME": home, "LC_ALL": "C.UTF-8"})
        lab.at_end(self.quit)

    def _prompt(self, text):
        """The server asks TLS clients for a certificate, as they may be servers; the console client then
        asks its user for a password and stands still until there is one. Any word will do."""
        if text.endswith("Password for (null) on (null): "):
            self("none")

    def __call__(self, line):
        self.process.write(line + "\n")

    def wait_line(self, text, timeout=15.0):
        return self.process.wait_line(text, timeout)

    def registered(self, timeout=15.0):
        self.wait_line("LinphoneRegistrationOk", timeout)
        return self

    def refused(self, timeout=15.0):
        self.wait_line("LinphoneRegistrationFailed", timeout)
        return self

    def quit(self):
        if self.process.alive:
            try:
                self("quit")
                self.process.wait_exit(5)
            except (OSError, AssertionError):
                pass
        self.process.stop()
