"""`parley trace`: the clear SIP of one user out of the running server, TLS or not."""
import shlex

import pytest

from clients import rawsip, sipe
from clients.process import Process, Watched


class Trace:
    """A running `parley trace`; its lines wait in `lines`."""

    def __init__(self, lab, address, *options):
        self.lines, start = Watched(), lab.log_size()
        self.process = Process([*shlex.split(lab.env["PARLEY"]), "trace", address, *options], "parley trace",
                               self.lines.add, env=lab.environ)
        lab.at_end(self.process.stop)
        lab.wait_log(("trace.begun", address), start)

    def wait(self, text, timeout=10.0):
        return self.lines.wait(lambda line: text in line, timeout, f"trace: {text!r}")

    @property
    def text(self):
        return "\n".join(self.lines.items)


def test_sip_of_a_signed_in_client_is_shown_in_clear(lab):
    anna, ben = lab.new_users("anna", "ben")
    trace = Trace(lab, anna.address)
    a, b = sipe.Sipe(lab, anna).sign_in(), sipe.Sipe(lab, ben).sign_in()
    a("im", ben.address, "between us")
    b.expect("message-received", text="between us")
    trace.wait("REGISTER sip:")
    trace.wait("presence-state: register-action")
    trace.wait("MESSAGE sip:")
    trace.wait("octets, not shown")
    assert "between us" not in trace.text and "gssapi-data" not in trace.text.replace("WWW-Authenticate", "")\
        .split("Authorization: NTLM", 1)[-1].partition("\n")[0]
    assert any(line.startswith("<-- ") and " tls 127.0.0.1:" in line for line in trace.lines.items)


def test_bodies_are_shown_on_demand(lab):
    anna, ben = lab.new_users("anna", "ben")
    trace = Trace(lab, ben.address, "--bodies")
    a, b = rawsip.agent(lab, anna), rawsip.agent(lab, ben)
    assert a.register().status == b.register().status == 200
    b.auto_answer["MESSAGE"] = 200
    data = a.build("MESSAGE", ben.uri, [("Content-Type", "text/plain")], "shown")
    a.conn.send(data)
    b.expect("MESSAGE")
    trace.wait("shown")
    assert "Authorization: Digest (not shown)" in trace.text


def test_other_people_are_not_in_it(lab):
    anna, ben = lab.new_users("anna", "ben")
    trace = Trace(lab, anna.address)
    assert rawsip.agent(lab, ben).register().status == 200
    assert rawsip.agent(lab, anna).register().status == 200
    trace.wait("REGISTER sip:")
    assert ben.name not in trace.text


@pytest.mark.parametrize("words", [["trace"], ["trace", "not an address"]])
def test_wrong_words_are_refused(lab, words):
    assert lab.parley(*words, check=False).returncode == 2
