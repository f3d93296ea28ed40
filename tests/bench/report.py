#!/usr/bin/env python3
"""Medians (least..most) of the lines that run writes, and ours as a ratio of the peer's. usage: report.py FILE..."""
import json
import sys
from statistics import median

OURS = "parley"
ALONE = "join-storm", "rooms-memory"


def read(names):
    rows = {}
    for name in names:
        for line in open(name):
            d = json.loads(line)
            rows.setdefault((d["workload"], d["over"]), {}).setdefault(d["side"], []).append(d)
    return rows


def num(x):
    return "%.0f" % x if abs(x) >= 100 else "%.1f" % x if abs(x) >= 10 else "%.2f" % x


def values(runs, member):
    return [d[member] for d in runs if "broken" not in d and isinstance(d.get(member), (int, float))]


def spread(runs, member):
    v = values(runs, member)
    if not v:
        return "-"
    return num(median(v)) if min(v) == max(v) else "%s (%s..%s)" % (num(median(v)), num(min(v)), num(max(v)))


def failures(runs):
    broken = sum("broken" in d for d in runs)
    failed = sum(values(runs, "failed"))
    return " + ".join([str(failed)] * (failed > 0) + ["%d rounds" % broken] * (broken > 0)) or "0"


def ratio(sides, figure, goal):
    """Above 1: ours is better, whatever the figure. With several peers each ratio has its name."""
    mine, out = values(sides.get(OURS, []), figure), []
    for peer in (s for s in sides if s != OURS):
        theirs = values(sides[peer], figure)
        if not mine or not theirs or not median(mine) or not median(theirs):
            continue
        r = median(mine) / median(theirs)
        out.append("%.2f" % (1 / r if figure == "kib_each" else r) + (" " + peer) * (len(sides) > 2))
    return (", ".join(out) or "-") + (" (%s)" % goal if goal else "")


def table(title, columns, rows):
    if not rows:
        return
    cells = [["workload", "over", "server", *(c for c, _ in columns), "failed", "ratio (goal)"]]
    for (workload, over), sides in rows:
        for side, runs in sides.items():
            last = ratio(sides, runs[0]["figure"], runs[0]["goal"]) if side == OURS else ""
            cells.append([workload, over, side, *(spread(runs, m) for _, m in columns), failures(runs), last])
    width = [max(len(r[i]) for r in cells) for i in range(len(cells[0]))]
    print("\n%s\n" % title)
    for i, r in enumerate(cells):
        print("| " + " | ".join(c.ljust(w) for c, w in zip(r, width)) + " |")
        if i == 0:
            print("|" + "|".join("-" * (w + 2) for w in width) + "|")


def plain(title, rows):
    """What has no peer: every figure by its name."""
    for (workload, over), sides in rows:
        print("\n%s: %s over %s\n" % (title, workload, over))
        for name, _ in sides[OURS][0].items():
            if values(sides[OURS], name):
                print("- %s: %s" % (name, spread(sides[OURS], name)))


def main():
    rows = read(sys.argv[1:]).items()
    idle = [r for r in rows if any(d.get("mode") == "idle" for s in r[1].values() for d in s)]
    alone = [r for r in rows if list(r[1]) == [OURS] and any(d.get("mode") in ALONE for d in r[1][OURS])]
    load = [r for r in rows if r not in idle and r not in alone]
    table("Operations for each second of server CPU",
          [("a CPU s", "ops_per_cpu_s"), ("with database", "ops_per_cpu_s_all"), ("a second", "ops_per_s"),
           ("p50 ms", "p50_ms"), ("p99 ms", "p99_ms"), ("calibration ns", "calibration_ns")], load)
    table("Memory of a signed-in idle endpoint",
          [("KiB each", "kib_each"), ("alive", "alive"), ("handshake CPU ms", "handshake_cpu_ms")], idle)
    plain("Meetings", alone)


main()
