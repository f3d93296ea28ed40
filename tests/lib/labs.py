"""Private labs for tests: `deploy/lab up` in a folder and on ports of their own."""
import csv
import fcntl
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
ROLES = ("frontend", "mcu-im")  # of the topology
BLOCK = 40  # ports a lab takes from its base
PORT_DIR = "/tmp/parley-test-ports"
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error:|SUMMARY: \w+Sanitizer")


class User:
    def __init__(self, name, domain, password):
        self.name, self.domain, self.password = name, domain, password
        self.address, self.uri = f"{name}@{domain}", f"sip:{name}@{domain}"

    def __repr__(self):
        return f"<User {self.address}>"


def claim_ports():
    """A base port whose block is free, and the lock that keeps it ours among parallel test runs."""
    os.makedirs(PORT_DIR, exist_ok=True)
    bases = list(range(20000, 32000, BLOCK))  # below the kernel's own choice of ports
    secrets.SystemRandom().shuffle(bases)
    for base in bases:
        lock = open(os.path.join(PORT_DIR, str(base)), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        if all(port_free(base + i) for i in range(BLOCK)):
            return base, lock
        lock.close()
    raise RuntimeError("no free block of ports between 20000 and 32000")


def port_free(port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            if kind == socket.SOCK_STREAM:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def env_name(role):
    """As deploy/lab env writes it: METRICS_MCU_IM, MCU_IM_PID."""
    return role.upper().replace("-", "_").replace(".", "_")


def running(pid):
    """False for a process that is gone, or dead and not yet collected."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(check, timeout=10.0, what="the condition"):
    """Asks until check() gives something true; for things that give no event (files, SQL, metrics)."""
    import threading
    pause, end = threading.Event(), time.monotonic() + timeout
    while True:
        got = check()
        if got:
            return got
        assert time.monotonic() < end, f"{what}: not within {timeout} s"
        pause.wait(0.05)


class Lab:
    """One running lab. `env` are the keys of `deploy/lab env`.

    conf: text put after the lab's own parley.conf ("[frontend]\\nmax_endpoints = 2\\n"; later wins).
    """

    all = []

    def __init__(self, conf="", domain=None, bench_users=0, environ=None):
        self.top = tempfile.mkdtemp(prefix=f"parley-test-{os.getpid()}-")
        os.chmod(self.top, 0o755)  # PostgreSQL runs as another user than root
        self.dir = os.path.join(self.top, "lab")
        self.base_port, self._port_lock = claim_ports()
        self._cleanups, self._users, self._ended = [], {}, set()
        self.environ = {**os.environ, "PARLEY_TEST_CLOCK": "1", **(environ or {})}
        os.makedirs(os.path.join(self.dir, "conf.d"))
        if conf:
            with open(os.path.join(self.dir, "conf.d", "test.conf"), "w") as f:
                f.write(conf)
        words = ["up", "--base-port", str(self.base_port)]
        words += ["--domain", domain] if domain else []
        words += ["--bench-users", str(bench_users)] if bench_users else []
        Lab.all.append(self)
        try:
            self.run(*words, timeout=180)
            self.refresh()
        except BaseException:
            self.close(check=False)
            raise

    # --- deploy/lab and parley ---

    def run(self, *words, timeout=120, check=True):
        """deploy/lab WORDS --dir ...; its output. kill and start are remembered as wanted."""
        done = subprocess.run([os.path.join(ROOT, "deploy/lab"), *words, "--dir", self.dir], env=self.environ,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"deploy/lab {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
                                 f"\n{self.log_tail(20)}")
        if words[0] == "kill":
            self._ended.add(words[1].removesuffix(".1"))
        elif words[0] == "down":
            self._ended.update(ROLES)
        elif words[0] in ("start", "up"):
            self._ended -= {words[1].removesuffix(".1")} if words[0] == "start" else set(ROLES)
            self.refresh()
        return done.stdout

    def refresh(self):
        text = subprocess.run([os.path.join(ROOT, "deploy/lab"), "env", "--dir", self.dir], env=self.environ,
                              capture_output=True, text=True, check=True).stdout
        self.env = dict(word.split("=", 1) for line in text.splitlines() for word in shlex.split(line))

    def parley(self, *words, check=True, input=None, timeout=60):
        """The administration command on this lab; the finished process (stdout, stderr, returncode)."""
        env = {**self.environ, **{k: self.env[k] for k in ("PGHOST", "PGPORT", "PGUSER")}}
        done = subprocess.run([*shlex.split(self.env["PARLEY"]), *words], input=input, capture_output=True,
                              text=True, env=env, timeout=timeout)
        assert not check or done.returncode == 0, f"parley {' '.join(words)}: {done.stdout}{done.stderr}"
        return done

    def admin(self, command, role="frontend", timeout=20.0):
        """One command on the role's administration socket; the lines of its answer."""
        path = re.search(r"admin_socket = (.*)", self.conf_of(role)).group(1).strip()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(timeout)
            s.connect(path)
            s.sendall(command.encode() + b"\n")
            text = b""
            while not text.endswith(b"\n.\n") and text != b".\n":
                piece = s.recv(65536)
                if not piece:
                    break
                text += piece
        lines = text.decode().splitlines()[:-1]
        assert not (lines and lines[0].startswith("error ")), lines[0]
        return lines

    def conf_of(self, role):
        """The role's section of parley.conf."""
        with open(os.path.join(self.dir, "parley.conf")) as f:
            return f.read().partition(f"[{role}]")[2].partition("\n[")[0]

    def advance(self, seconds, role="frontend"):
        """Moves the role's clock; timers that are due then run at once. The lab must be the test's own."""
        self.admin(f"clock-advance {seconds}", role)

    def sql(self, database, statement):
        """Rows as lists of text."""
        env = {**self.environ, **{k: self.env[k] for k in ("PGHOST", "PGPORT", "PGUSER")}}
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", database,
                               "-c", statement], capture_output=True, text=True, env=env, timeout=60)
        assert done.returncode == 0, done.stderr
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def http(self, path, role="FRONTEND"):
        """(status, text) of the role's health and metrics listener."""
        try:
            with urllib.request.urlopen(self.env["METRICS_" + role] + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()

    def metric(self, name, role="FRONTEND"):
        """The sum of a metric over its labels, or over those written: 'x_total{method="INVITE"}'."""
        total, pattern = 0.0, re.compile(r"^(%s)(\{[^}]*\})? (\S+)" % re.escape(name.partition("{")[0]))
        labels = re.findall(r'\w+="[^"]*"', name)
        for line in self.http("/metrics", role)[1].splitlines():
            m = pattern.match(line)
            if m and all(label in (m.group(2) or "") for label in labels):
                total += float(m.group(3))
        return total

    # --- users ---

    def user(self, name):
        if isinstance(name, User):
            return name
        if name in self.env["DEMO_USERS"].split():
            return User(name, self.env["DOMAIN"], self.env["DEMO_PASSWORD"])
        return self._users[name]

    def new_users(self, *names, display=None, line=None):
        """Fresh users, so that a test meets nobody's leftovers: anna becomes anna-4f1c9e."""
        # libpurple sends the second message of a connection wrong when the first was a multiple of 256 octets
        # long (its ring buffer grows); with four digits SIPE's REGISTER of a four-letter name is 768.
        users = [User(f"{n}-{secrets.token_hex(3)}", self.env["DOMAIN"], secrets.token_hex(6)) for n in names]
        path = os.path.join(self.tempdir("users-"), "users.csv")
        with open(path, "w", newline="") as f:
            out = csv.writer(f)
            out.writerow(["user", "password", "display-name", "line-uri"])
            for n, u in zip(names, users):
                out.writerow([u.address, u.password, display or n.capitalize(), line or ""])
        self.parley("user", "import", path)
        self._users.update((u.name, u) for u in users)
        return users

    def new_user(self, name="anna", **kw):
        return self.new_users(name, **kw)[0]

    # --- the log ---

    def log_path(self, role="frontend"):
        return os.path.join(self.dir, "log", role + ".log")

    def log_size(self):
        try:
            return os.path.getsize(self.log_path())
        except OSError:
            return 0

    def log(self, start=0, role="frontend"):
        try:
            with open(self.log_path(role), errors="replace") as f:
                f.seek(start)
                return f.read()
        except OSError:
            return ""

    def log_tail(self, lines=40, start=0):
        return "\n".join(self.log(start).splitlines()[-lines:])

    def wait_log(self, text, start=0, timeout=10.0):
        """The first log line with text (all words of it, if a tuple) after the offset `start`."""
        words = (text,) if isinstance(text, str) else text
        return wait_for(lambda: next((line for line in self.log(start).splitlines()
                                      if all(w in line for w in words)), None), timeout, f"log line with {words}")

    # --- ends ---

    def tempdir(self, prefix=""):
        return tempfile.mkdtemp(prefix=prefix, dir=self.top)

    def at_end(self, function):
        """Called when the test is over, last first."""
        self._cleanups.append(function)

    def end_of_test(self):
        while self._cleanups:
            self._cleanups.pop()()

    def died(self):
        """Roles that ended or hang without being told to; they are started again for the tests to come."""
        lost = []
        for role in ROLES:
            if role in self._ended or self.alive(role):
                continue
            lost.append(f"{role} {'hangs' if running(self.env.get(env_name(role) + '_PID')) else 'has ended'}")
            self.run("kill", role, "-9", check=False)
            self.run("start", role, check=False)
        return lost

    def alive(self, role="frontend"):
        try:
            return self.http("/livez", env_name(role))[0] == 200
        except OSError:
            return False

    def sanitizer_report(self):
        """What a sanitizer wrote into the log of some role, "" for nothing."""
        for role in ROLES:
            found = SANITIZER.search(self.log(role=role))
            if found:
                return self.log(max(0, found.start() - 200), role)[:8000]
        return ""

    def close(self, check=True):
        Lab.all.remove(self)
        try:
            self.end_of_test()
            lost = self.died() if check else []
        except Exception as e:  # what was started has to be stopped all the same
            lost = [repr(e)]
        report = self.sanitizer_report()
        try:
            self.run("down", check=check)
            report = report or self.sanitizer_report()
            self.run("down", "--purge", check=False)
        finally:
            shutil.rmtree(self.top, ignore_errors=True)
            self._port_lock.close()
        left = processes_about(self.top)
        assert not lost, f"at the end: {lost}"
        assert not left, f"left behind: {left}"
        assert not report, f"a sanitizer complained:\n{report}"


def processes_about(text):
    """Command lines of processes that name `text`."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                line = f.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and int(pid) != os.getpid():
            found.append(f"{pid} {line.strip()}")
    return found
