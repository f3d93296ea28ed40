"""baresip: a standard SIP client with digest, PIDF presence, MESSAGE and calls.

    bob = baresip.Baresip(lab, "bob", transport="udp", contacts=["alice"]).registered()
    bob.message("alice", "hello")                  # a contact of its own list
    bob.wait_line('"hëllo"')                       # a message that came
    bob("dial", "sip:alice@lab.example"); bob.event("CALL_ESTABLISHED")

It does not check the server's certificate. MD5 digest only.
"""
import itertools
import json
import math
import os
import re
import socket
import struct
import threading
import wave

from .process import Process, Timeout, Watched, need

CONFIG = """module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module aufile.so
module aubridge.so
module srtp.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
module_app presence.so
module_app contact.so
audio_source aufile,{wav}
audio_player aubridge,sink
sip_listen {address}:0
sip_cafile {ca}
ctrl_tcp_listen {address}:{control}
net_interface {address}
rtp_ports 30000-39999
"""

# Each instance has a loopback address of its own: it tells them apart in SDP.
_numbers = itertools.count(os.getpid() % 200 * 256 + 2)


def free_port(address):
    with socket.socket() as s:
        s.bind((address, 0))
        return s.getsockname()[1]


def tone(path, seconds=8, hertz=440):
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"".join(struct.pack("<h", int(8000 * math.sin(2 * math.pi * hertz * i / 8000)))
                                 for i in range(8000 * seconds)))


class Baresip:
    def __init__(self, lab, user, transport="tls", contacts=(), regint=600, pubint=60, answer="manual", extra=""):
        self.lab, self.user = lab, lab.user(user)
        number = next(_numbers)
        self.address = f"127.1.{number // 256 % 256}.{number % 256}"
        self.dir = lab.tempdir(f"baresip-{self.user.name}-")
        self.control = free_port(self.address)
        self.contacts = [lab.user(c).uri for c in contacts]
        tone(os.path.join(self.dir, "tone.wav"))
        server = lab.env["SIP_" + transport.upper()]
        self._write("config", CONFIG.format(wav=os.path.join(self.dir, "tone.wav"), address=self.address,
                                            ca=lab.env["CA_FILE"], control=self.control))
        self._write("accounts", f"<{self.user.uri};transport={transport}>;auth_user={self.user.name};"
                                f'auth_pass={self.user.password};outbound="sip:{server};transport={transport}";'
                                f"regint={regint};pubint={pubint};answermode={answer};audio_codecs=PCMU/8000/1{extra}\n")
        self._write("contacts", "".join(f'"{u}" <{u}>;presence=p2p\n' for u in self.contacts))
        self.events = Watched()
        self.process = Process([need("baresip", "baresip-core"), "-f", self.dir, "-s"], f"baresip {self.user.name}")
        lab.at_end(self.quit)

    def _write(self, name, text):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text)

    def wait_line(self, text, timeout=10.0):
        """A line of its output: SIP messages (it traces them), messages that came, presence changes."""
        return self.process.wait_line(text, timeout)

    def registered(self, timeout=10.0):
        self.process.out.wait(lambda line: self.user.address in line and "200 OK" in line and "binding" in line,
                              timeout, f"baresip {self.user.name}: registered")
        self.sock = socket.create_connection((self.address, self.control), 5)
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def refused(self, status, timeout=10.0):
        return self.process.out.wait(lambda line: self.user.address in line and status in line,
                                     timeout, f"baresip {self.user.name}: refused with {status}")

    def _read(self):
        data = b""
        try:
            self.sock.settimeout(None)
            while chunk := self.sock.recv(65536):
                data += chunk
                while b":" in data:
                    length, _, rest = data.partition(b":")
                    if len(rest) <= int(length):
                        break
                    self.events.add(json.loads(rest[:int(length)]))
                    data = rest[int(length) + 1:]
        except (OSError, ValueError):
            pass
        self.events.end()

    def __call__(self, command, params="", timeout=5.0):
        """A command of baresip's menu; its answer as text."""
        token = os.urandom(4).hex()
        text = json.dumps({"command": command, "params": params, "token": token}).encode()
        self.sock.sendall(b"%d:%s," % (len(text), text))
        answer = self.events.wait(lambda e: e.get("response") and e.get("token") == token, timeout,
                                  f"baresip {self.user.name}: answer to {command}")
        assert answer["ok"], f"baresip {self.user.name}: {command} {params}: {answer}"
        return answer.get("data", "")

    def event(self, kind, timeout=10.0, **match):
        return self.events.wait(lambda e: e.get("type") == kind and all(e.get(k) == v for k, v in match.items()),
                                timeout, f"baresip {self.user.name}: event {kind}")

    def message(self, contact, text):
        """Sends to one of its contacts: it has no other way. Some 450 bytes at most."""
        assert self.contacts == [self.lab.user(contact).uri], "make it with contacts=[the one to write to]"
        self("contact_next")
        self("message", text)

    def presence_of(self, user, status, timeout=10.0):
        """Waits until it has seen this contact turn Online, Busy or Offline."""
        plain = re.compile(r"\x1b\[[0-9;]*m")  # it writes in colours
        return self.process.out.wait(lambda line: self.lab.user(user).uri in line and
                                     f"to {status}" in plain.sub("", line),
                                     timeout, f"baresip {self.user.name}: {user} {status}")

    def quit(self):
        """It signs out before it ends."""
        if self.process.alive and hasattr(self, "sock"):
            try:
                self("quit", timeout=2)
                self.process.wait_exit(5)
            except (OSError, Timeout, AssertionError):
                pass
            self.sock.close()
        self.process.stop()
