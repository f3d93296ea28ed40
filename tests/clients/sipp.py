"""SIPp for protocol scenarios, over UDP and TCP (Debian's build has no TLS).

    sipp.run(lab, SCENARIO_XML, user="alice", transport="udp", calls=10, rate=10)

In the scenario: [field0] is the user's name, [field1] the domain, [field2] the whole
[authentication ...] line's content, [service] the name given as `service`.
"""
import os
import subprocess

from .process import need


def run(lab, scenario, user, transport="udp", calls=1, rate=10, limit=None, service="", timeout=30, fails=False):
    """Runs it to its end; the finished process. An exit status other than 0 fails the test unless `fails`."""
    user = lab.user(user)
    top = lab.tempdir("sipp-")
    with open(os.path.join(top, "scenario.xml"), "w") as f:
        f.write(scenario.strip() + "\n")
    with open(os.path.join(top, "users.csv"), "w") as f:
        f.write(f"SEQUENTIAL\n{user.name};{user.domain};[authentication username={user.name} "
                f"password={user.password}]\n")
    argv = ["timeout", "-k", "1", str(timeout + 5), need("sipp", "sip-tester"), lab.env["SIP_" + transport.upper()],
            "-t", "u1" if transport == "udp" else "t1", "-sf", "scenario.xml", "-inf", "users.csv", "-s",
            service or user.name, "-m", str(calls), "-r", str(rate), "-i", "127.0.0.1", "-nostdin", "-timeout",
            str(timeout), "-timeout_error", "-trace_err", "-error_file", "errors.log"]
    argv += ["-l", str(limit)] if limit else []
    done = subprocess.run(argv, cwd=top, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, "TERM": "dumb"})
    if done.returncode != 0 and not fails:
        try:
            with open(os.path.join(top, "errors.log"), errors="replace") as f:
                errors = f.read()[:3000]
        except OSError:
            errors = done.stderr[-2000:]
        raise AssertionError(f"sipp: exit {done.returncode}\n{errors}")
    return done
