#!/usr/bin/env python3
"""Where a copy's time goes: shares of the samples that perf took of our processes, by process and by what was done.

usage: profile.py PERF.DATA CPU_US_OF_A_COPY (all processes together)"""
import re
import subprocess
import sys

SOURCES = [  # of our own code, first match
    ("transactions, dialogs, SIP text", r"^sip_|^siptext"),
    ("Focus and fan-out", r"^(fanout|focus|roster|mcu|conference|meeting|c3p)"),
    ("conferencing server", r"^(im_|mcu|context)"),
    ("routes and proxy", r"^(record_route|authenticate|pipeline|forward|validate|target)"),
    ("TLS, streams, loop", r"^(tls|stream|loop|wheel|listener|sock)"),
    ("hash tables", r"^hash"),
    ("signature and digests", r"^(sip_sign|ntlm|digest|sip_auth|gss|sa_)"),
    ("slices, text, lists, clock, memory", r""),
]
LIBRARIES = [
    ("TLS: OpenSSL", r"libssl|libcrypto"),
    ("kernel: sockets and loop", r"kernel"),
    ("C library: memory, copying, searching", r"libc\."),
    ("libevent", r"libevent"),
    ("Sofia-SIP: parsing requests", r"libsofia"),
]


def rows(data, keys, *more):
    out = subprocess.run(["perf", "report", "-i", data, "--no-children", "-g", "none", "--sort", keys, "-t", "|", *more],
                         capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        part = [p.strip() for p in line.split("|")]
        if len(part) >= 3 and part[0].endswith("%"):
            yield float(part[0][:-1]), part[1], part[2]


def named(table, word, otherwise):
    return next((name for name, pattern in table if re.search(pattern, word)), otherwise)


def main():
    data, us = sys.argv[1], float(sys.argv[2])
    shares = {}
    for share, process, library in rows(data, "comm,dso"):
        if not library.startswith("parley-"):
            key = process, named(LIBRARIES, library, "other libraries")
            shares[key] = shares.get(key, 0) + share
    for share, process, source in rows(data, "comm,srcfile", "--dsos", "parley-frontend,parley-mcu-im"):
        key = process, named(SOURCES, source, "ours")
        shares[key] = shares.get(key, 0) + share
    print("\nWhere a copy's %.1f us of CPU go\n\n| process | what | share | us |\n|---|---|---|---|" % us)
    for (process, what), share in sorted(shares.items(), key=lambda i: (i[0][0], -i[1])):
        if share >= 0.05:
            print("| %s | %s | %.1f %% | %.2f |" % (process, what, share, share * us / 100))
    for process in sorted({p for p, _ in shares}):
        total = sum(s for (p, _), s in shares.items() if p == process)
        print("| %s | all | %.1f %% | %.2f |" % (process, total, total * us / 100))


main()
