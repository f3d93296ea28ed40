"""A private MIT Kerberos realm for one test.

    realm = kdc.Realm(lab.tempdir("kdc-"), "LAB.EXAMPLE")
    realm.add_user("alice", "secret"); realm.add_service("sip/pool.lab.example")   # into realm.keytab
    lab = make_lab(conf=f"[frontend]\\nkerberos_keytab = {realm.keytab}\\n", environ=realm.environ)
    alice = sipe.Sipe(lab, user, auth="kerberos", login="alice@LAB.EXAMPLE", env=realm.environ)
"""
import os
import shutil
import socket
import subprocess

from clients.process import Process
from lib.labs import wait_for

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class Realm:
    def __init__(self, top, name="LAB.EXAMPLE"):
        self.top, self.name, self.keytab = str(top), name, os.path.join(str(top), "service.keytab")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self._write("krb5.conf", f"""[libdefaults]
 default_realm = {name}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {name} = {{
  kdc = 127.0.0.1:{self.port}
 }}
""")
        self._write("kdc.conf", f"""[kdcdefaults]
 kdc_ports = ""
 kdc_tcp_ports = {self.port}
 kdc_listen = ""
 kdc_tcp_listen = 127.0.0.1:{self.port}
[realms]
 {name} = {{
  database_name = {self.top}/principal
  key_stash_file = {self.top}/stash
  acl_file = {self.top}/kadm5.acl
 }}
""")
        self.environ = {"KRB5_CONFIG": os.path.join(self.top, "krb5.conf"),
                        "KRB5_KDC_PROFILE": os.path.join(self.top, "kdc.conf"),
                        "KRB5CCNAME": "FILE:" + os.path.join(self.top, "ccache"), "KRB5RCACHETYPE": "none"}
        self._run("kdb5_util", "create", "-s", "-r", name, "-P", os.urandom(8).hex())
        argv = [self._program("krb5kdc"), "-n", "-r", name, "-P", os.path.join(self.top, "kdc.pid")]
        self.process = Process(argv, "krb5kdc", env={**os.environ, **self.environ})
        wait_for(self._listens, 10, "the KDC")

    def _write(self, name, text):
        with open(os.path.join(self.top, name), "w") as f:
            f.write(text)

    @staticmethod
    def _program(name):
        path = shutil.which(name, path=PATH)
        assert path, f"{name} is not installed (krb5-kdc krb5-admin-server krb5-user)"
        return path

    def _run(self, program, *words, input=None):
        done = subprocess.run([self._program(program), *words], input=input, capture_output=True, text=True,
                              env={**os.environ, **self.environ}, timeout=60)
        assert done.returncode == 0, f"{program} {words}: {done.stdout}{done.stderr}"
        return done.stdout

    def _listens(self):
        assert self.process.alive, "krb5kdc ended: " + "\n".join(self.process.out.items)
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def add_user(self, name, password):
        self._run("kadmin.local", "-r", self.name, "-q", f"addprinc -pw {password} {name}@{self.name}")

    def add_service(self, principal):
        self._run("kadmin.local", "-r", self.name, "-q", f"addprinc -randkey {principal}@{self.name}")
        self._run("kadmin.local", "-r", self.name, "-q", f"ktadd -k {self.keytab} {principal}@{self.name}")

    def ticket(self, name, password):
        """kinit into the ticket cache that `environ` names, for clients with sso=true."""
        self._run("kinit", f"{name}@{self.name}", input=password + "\n")
