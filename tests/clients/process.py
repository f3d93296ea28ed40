"""A child process whose output is read by a thread; tests wait for lines, never for time to pass."""
import collections
import os
import shutil
import signal
import subprocess
import threading
import time


class Timeout(AssertionError):
    pass


class Watched:
    """Things that arrive (lines, events, messages) and waiting for one of them."""

    def __init__(self):
        self.items, self.taken = [], set()
        self.changed = threading.Condition()
        self.ended = False

    def add(self, item):
        with self.changed:
            self.items.append(item)
            self.changed.notify_all()

    def end(self):
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def find(self, fits):
        for i, item in enumerate(self.items):
            if i not in self.taken and fits(item):
                self.taken.add(i)
                return item
        return None

    def wait(self, fits, timeout, what):
        """The first item not taken before for which fits(item); it is taken. Others stay for later."""
        end = time.monotonic() + timeout
        with self.changed:
            while True:
                item = self.find(fits)
                if item is not None:
                    return item
                left = end - time.monotonic()
                if left <= 0 or self.ended:
                    why = "the process ended" if self.ended else f"not within {timeout} s"
                    rest = [x for i, x in enumerate(self.items) if i not in self.taken][-12:]
                    raise Timeout(f"{what}: {why}; seen and not expected yet:\n  " +
                                  "\n  ".join(str(x)[:400] for x in rest))
                self.changed.wait(left)

    def flush(self):
        with self.changed:
            self.taken.update(range(len(self.items)))


class Process:
    """argv, its lines (`out`), and its end: asked, then forced. Everything started is in `running`."""

    running = collections.OrderedDict()

    def __init__(self, argv, name, on_line=None, on_prompt=None, stdin=subprocess.PIPE, **kw):
        """on_line(line) in place of keeping it in `out`; on_prompt(text): what has no line end yet."""
        self.name, self.out, self.on_prompt = name, Watched(), on_prompt
        self.on_line = on_line or self.out.add
        self.popen = subprocess.Popen(argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      start_new_session=True, **kw)
        Process.running[self.popen.pid] = self
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        rest = b""
        while chunk := os.read(self.popen.stdout.fileno(), 65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self.on_line(line.decode("utf-8", "replace").rstrip("\r"))
            if rest and self.on_prompt:
                self.on_prompt(rest.decode("utf-8", "replace"))
        if rest:
            self.on_line(rest.decode("utf-8", "replace"))
        self.out.end()

    def write(self, text):
        self.popen.stdin.write(text.encode())
        self.popen.stdin.flush()

    def wait_line(self, text, timeout=10.0):
        return self.out.wait(lambda line: text in line, timeout, f"{self.name}: a line with {text!r}")

    def wait_exit(self, timeout=10.0):
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Timeout(f"{self.name} did not end within {timeout} s") from None

    @property
    def alive(self):
        return self.popen.poll() is None

    def stop(self, timeout=5.0):
        """TERM to the whole group, KILL when it does not listen."""
        Process.running.pop(self.popen.pid, None)
        for sig in (signal.SIGTERM, signal.SIGKILL):
            if self.popen.poll() is None:
                try:
                    os.killpg(self.popen.pid, sig)
                    self.popen.wait(timeout)
                except ProcessLookupError:
                    pass
                except subprocess.TimeoutExpired:
                    continue
        self.popen.wait()
        self.reader.join(timeout)
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    pass

    @classmethod
    def stop_all(cls):
        for process in list(cls.running.values()):
            process.stop()


def need(program, package):
    """The program's path, or a failure that names the package."""
    path = shutil.which(program)
    assert path, f"{program} is not installed (Debian package {package}; deploy/install-deps.sh test)"
    return path
