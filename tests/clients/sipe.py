"""The SIPE client (the plugin behind Pidgin), driven through sipe-probe.

    alice = sipe.Sipe(lab, "alice").sign_in()
    bob = sipe.Sipe(lab, "bob", transport="tcp", hostname="desk").sign_in()
    alice("im", bob.uri, "hello")                                      # a command, its result checked
    bob.expect("message-received", **{"from": alice.uri, "text": "hello"})
    bob.wait_sip("in", lambda m: m.method == "MESSAGE")                # a raw message, as the wire had it

Commands and events are those of sipe-probe/README.md. `hostname` makes another endpoint: the
plugin derives its endpoint id from user, host name and address.
"""
import fcntl
import functools
import json
import os
import re
import shlex
import subprocess
import threading

from .process import Process, Timeout, Watched
from .rawsip import Message

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.normpath(os.path.join(HERE, "../../build/clients/sipe-probe"))


@functools.lru_cache(None)
def program():
    """Builds sipe-probe where it is not up to date; safe with several test processes."""
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(["make", "-s", "-C", os.path.join(HERE, "sipe-probe"), "OUT=" + OUT],
                              capture_output=True, text=True, env={**os.environ, "MAKEFLAGS": ""})
        assert done.returncode == 0, "sipe-probe does not build:\n" + done.stdout + done.stderr
    return os.path.join(OUT, "sipe-probe")


def fits(event, match):
    """match: value (compared without case), regular expression, or function of the value."""
    for key, want in match.items():
        have = event.get(key)
        if have is None:  # members of maps count by their own name
            have = next((v[key] for v in event.values() if isinstance(v, dict) and key in v), None)
        if callable(want):
            ok = have is not None and want(have)
        elif isinstance(want, re.Pattern):
            ok = have is not None and want.search(str(have))
        elif isinstance(want, str):
            ok = have is not None and str(have).lower() == want.lower()
        else:
            ok = have == want
        if not ok:
            return False
    return True


class Sipe:
    def __init__(self, lab, user, transport="tls", auth="ntlm", hostname=None, password=None, server=None,
                 login=None, env=None, **account):
        self.lab, self.user = lab, lab.user(user)
        self.uri, self.address = self.user.uri, self.user.address
        self.home = lab.tempdir(f"sipe-{self.user.name}-")
        self.events, self.sip = Watched(), Watched()
        self.account = {
            "username": self.address,
            "login": login or f"{lab.env['NTLM_DOMAIN']}\\{self.user.name}",
            "password": password if password is not None else self.user.password,
            "server": server or lab.env["SIP_TLS" if transport == "tls" else "SIP_TCP"],
            "transport": transport, "auth": auth, "dont-publish": "true", **account}
        self._start_log()
        argv = [program(), "--home", os.path.join(self.home, "purple"), "--debug", self.fifo]
        if hostname:
            unshare = ["unshare", "--uts"] if os.getuid() == 0 else ["unshare", "-r", "--uts"]
            argv = [*unshare, "sh", "-c", 'hostname "$0"; exec "$@"', hostname, *argv]
        self.process = Process(argv, f"sipe {self.user.name}", self._line, env={**os.environ, **(env or {})})
        lab.at_end(self.quit)
        self.expect("ready", plugin=True)

    # --- what comes from the probe ---

    def _start_log(self):
        """The debug log passes through a pipe: kept in `log_path`, SIP messages cut out of it."""
        self.fifo, self.log_path = os.path.join(self.home, "debug.pipe"), os.path.join(self.home, "debug.log")
        os.mkfifo(self.fifo)
        self._log_fd = os.open(self.fifo, os.O_RDWR)  # so that the probe's open does not wait
        self._log_thread = threading.Thread(target=self._read_log, daemon=True)
        self._log_thread.start()

    def _read_log(self):
        message, sent = None, None
        with open(self.fifo, "rb") as pipe, open(self.log_path, "wb") as log:
            for line in pipe:
                log.write(line)
                log.flush()
                if line.startswith(b"MESSAGE START") and b"SIP(" in line:
                    message, sent = [], b">>>>" in line
                elif line.startswith(b"MESSAGE END") and message is not None:
                    self.sip.add(("out" if sent else "in", self._parse(b"".join(message))))
                    message = None
                elif message is not None:
                    message.append(line)

    @staticmethod
    def _parse(raw):
        head, _, body = raw.strip(b"\n").partition(b"\n\n")
        return Message.parse(head, body, raw)

    def _line(self, line):
        try:
            event = json.loads(line)
        except ValueError:
            return  # warnings of the libraries on standard error
        self.events.add(event)

    def expect(self, event, timeout=10.0, **match):
        """The first event of that name that fits and was not expected before."""
        return self.events.wait(lambda e: e["event"] == event and fits(e, match), timeout,
                                f"sipe {self.user.name}: {event} {match}")

    def expect_none(self, event, timeout=2.0, **match):
        try:
            got = self.expect(event, timeout, **match)
        except Timeout:
            return
        raise AssertionError(f"sipe {self.user.name}: unexpected {got}")

    def all(self, event, **match):
        """Every event so far of that name that fits, expected before or not."""
        with self.events.changed:
            return [e for e in self.events.items if e["event"] == event and fits(e, match)]

    def flush(self):
        """Forgets events and SIP messages so far."""
        self.events.flush()
        self.sip.flush()

    def wait_sip(self, direction, where, timeout=10.0):
        """The first raw SIP message ("in" or "out") not waited for before for which where(message)."""
        return self.sip.wait(lambda m: m[0] == direction and where(m[1]), timeout,
                             f"sipe {self.user.name}: a SIP message {direction}")[1]

    def messages(self, direction=None):
        """All raw SIP messages so far."""
        with self.sip.changed:
            return [m for d, m in self.sip.items if direction in (None, d)]

    # --- what it is told ---

    def __call__(self, command, *words, timeout=15.0):
        """Runs one command; its result must be ok. KEY=VALUE words are quoted by the caller's text only."""
        line = " ".join([command, *(shlex.quote(str(w).replace("\n", "\\n")) for w in words)])
        self.process.write(line + "\n")
        result = self.expect("result", timeout, cmd=command)
        assert result["ok"], f"sipe {self.user.name}: {line}: {result.get('error')}"
        return result

    def start_sign_in(self):
        """account and login, without waiting for what the server says."""
        self("account", *(f"{k}={v}" for k, v in self.account.items()))
        self("login")
        return self

    def sign_in(self, timeout=15.0):
        self.start_sign_in()
        self.expect("connected", timeout)
        # a contact added before the list has come is taken for one that was deleted elsewhere
        self.wait_sip("in", lambda m: "<contactList" in m.text, timeout)
        return self

    def refused(self, timeout=15.0):
        """Signs in, expecting refusal; the connection-error event."""
        self.start_sign_in()
        return self.expect("connection-error", timeout)

    def sign_out(self):
        self("logout")
        self.expect("disconnected")

    def kill(self):
        """The end of a client that says nothing."""
        self.process.popen.kill()
        self.process.popen.wait()

    def quit(self):
        if self.process.alive:
            try:
                self.process.write("quit\n")
                self.process.wait_exit(5)
            except (OSError, ValueError, Timeout):
                pass
        self.process.stop()
        if self._log_fd is not None:
            os.close(self._log_fd)
            self._log_fd = None
            self._log_thread.join(5)
