"""What the documents say is what the code has. No lab is needed."""
import glob
import os
import re
import subprocess

import pytest

from lib.labs import ROOT

BUILD = os.environ.get("PARLEY_BUILD", "build/release")
BUILD = BUILD if os.path.isabs(BUILD) else os.path.join(ROOT, BUILD)
PARLEY = os.path.join(BUILD, "parley")
PAGES = sorted(glob.glob(os.path.join(BUILD, "man", "*.[1578]")))
SKIP = ("build", ".git", ".lab")


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def sources(*patterns):
    for top in ("common", "frontend", "mcu-im", "deploy"):
        for folder, subs, names in os.walk(os.path.join(ROOT, top)):
            subs[:] = [s for s in subs if s not in SKIP]
            for name in names:
                if name.endswith(patterns) or name in patterns:
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def run(*argv, code=0):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert p.returncode == code, f"{argv}: exit {p.returncode}\n{p.stdout}"
    return p.stdout


def roles():
    return sorted(r for r in glob.glob(os.path.join(BUILD, "parley-*")) if os.access(r, os.X_OK))


# --- manual pages ---


def test_there_is_a_page_for_each_program():
    names = {os.path.basename(p) for p in PAGES}
    assert names >= {"parley.1", "parley.conf.5"} | {os.path.basename(r) + ".8" for r in roles()}


@pytest.mark.parametrize("page", PAGES, ids=os.path.basename)
def test_page_is_clean_and_complete(page):
    run("mandoc", "-T", "lint", "-W", "warning", page)
    for section in ("EXAMPLES", "FILES", "EXIT STATUS", "SEE ALSO"):
        assert f"\n.Sh {section}\n" in text(page), section
    assert not re.search(r"^@[A-Z]+@$", text(page), re.M)


def test_every_key_with_its_default_is_in_the_manual():
    page = run("mandoc", "-T", "utf8", os.path.join(BUILD, "man", "parley.conf.5"))
    page = re.sub(r".\x08", "", page)
    for role in roles():
        for key, default in re.findall(r"^#(\w+) = (.*)$", run(role, "--help-config"), re.M):
            assert re.search(rf"^ +{key}\b", page, re.M), key
            assert not default or f"‘{default}’" in page.replace("'", "’"), (key, default)


def test_every_command_is_in_the_manual():
    page = text(os.path.join(BUILD, "man", "parley.1"))
    for line in run(PARLEY, "help", "--words").splitlines():
        noun, verb = line.split()[:2]
        assert f".It Cm {noun}{'' if verb == '-' else ' ' + verb}\n" in page, line


# --- errors ---


def test_every_reason_id_is_explained():
    used = set()
    for path in sources(".c", ".sh", ".py", "lab"):
        if not path.endswith("reasons.c"):
            used |= set(re.findall(r"PRL-[A-Z]+-\d+", text(path)))
    known = set(re.findall(r'^\{ "(PRL-[A-Z]+-\d+)"', text("deploy/parley/reasons.c"), re.M))
    assert used - known == set(), "give them rows in deploy/parley/reasons.c, then: make docs"
    assert known - used == set(), "nothing in the code gives these ids any more"
    assert "PRL-DB-001" in used
    assert "next:" in run(PARLEY, "help", "prl-db-001")
    run(PARLEY, "help", "PRL-DB-999", code=5)


def test_every_refusal_of_the_front_end_is_explained():
    row = re.compile(r'\{ *(\d+), *(\d+), *(?:true|false), *"([^"]+)" *\}')
    given = {(int(s), int(i), t) for s, i, t in row.findall(text("frontend/diag.c"))}
    row = re.compile(r'^\[MIM_\w+\]\s*= \{ *(\d+), *(\d+), *"([^"]+)" *\}', re.M)
    messages = {(int(s), int(i), t) for s, i, t in row.findall(text("mcu-im/im_diag.c"))}
    assert len(messages) > 10
    given |= messages
    row = re.compile(r'^\[PLY_PRES_E_\w+\] *= \{ *(\d+), *(\d+), *"([^"]+)" *\}', re.M)
    presence = {(int(s), int(i), t) for s, i, t in row.findall(text("common/presence/pres.c"))}
    assert len(presence) > 15
    given |= presence
    row = re.compile(r'^\{ *(\d+), *(\d+), *"([^"]+)"', re.M)
    known = {(int(s), int(i), t) for s, i, t in row.findall(text("deploy/parley/diagnostics.c"))}
    unreadable = re.findall(r'\[PLY_SIP_E_\w+\] = "([^"]+)"', text("common/sip/sip_tx.c"))
    assert len(given) > 60 and set(unreadable) <= {t for _, i, t in known if i == 5004}
    assert given - known == set(), "give them rows in deploy/parley/diagnostics.c, then: make docs"
    assert "ms-diagnostics 1003" in run(PARLEY, "help", "1003")


@pytest.mark.parametrize("page, option", [("parley.md", "--errors-md"), ("ms-diagnostics.md", "--diagnostics-md")])
def test_pages_of_errors_are_current(page, option):
    assert text(f"docs/errors/{page}") == run(PARLEY, "help", option), "run: make docs"


def test_errors_name_their_help():
    out = run(PARLEY, "--config", "/nonexistent/parley.conf", "user", "list", code=3)
    assert "more:    parley help PRL-" in out


# --- metrics ---


def metrics_in_code():
    found = {}
    kinds = {"COUNTER": "counter", "COUNTER_L": "counter", "GAUGE": "gauge", "HIST": "histogram"}
    for path in sources(".c"):
        words = dict(re.findall(r'^#define (\w+)\s+"([^"]+)"', text(path), re.M))
        for kind, name in re.findall(r'^PLY_(COUNTER|COUNTER_L|GAUGE|HIST)\(\w+,\s*("[^"]+"|\w+)', text(path), re.M):
            found[words.get(name, name.strip('"'))] = kinds[kind]
    health = text("common/role/health.c")
    found.update(re.findall(r'gauge\([^,]+, "(\w+)", "[^"]*", "(\w+)"\)', health))
    found.update(re.findall(r"# TYPE (\w+) (\w+)\\n", health))
    return found


def test_every_metric_is_documented():
    found = metrics_in_code()
    known = dict(re.findall(r"^\| `(\w+)`[^|]* \| (\w+) \|", text("docs/metrics.md"), re.M))
    assert len(found) > 20
    assert found == known, "docs/metrics.md and the declarations differ"


# --- documents that name files and tests ---


def documents():
    for folder, subs, names in os.walk(ROOT):
        subs[:] = [s for s in subs if s not in SKIP]
        for name in names:
            if name.endswith(".md"):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def test_links_lead_somewhere():
    broken = []
    for path in documents():
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text(path)):
            if "://" not in target and not os.path.exists(os.path.join(ROOT, os.path.dirname(path), target)):
                broken.append(f"{path}: {target}")
    assert broken == []


def exists(name):
    """A file or folder by its path, a wildcard, or a test of tests/unit or tests/e2e by its last part."""
    return any(glob.glob(os.path.join(ROOT, top, name), recursive=True)
               for top in ("", "tests/unit/**", "tests/e2e", "common/**", "frontend/**"))


def test_conformance_pages_name_files_and_tests_that_are_there():
    """Rows: | no. | requirement | done, partly or not | files | tests |; a test may be FILE:name."""
    bad, rows = [], 0
    for path in sorted(glob.glob(os.path.join(ROOT, "docs/conformance/*.md"))):
        if path.endswith("README.md"):
            continue
        for line in text(path).splitlines():
            cells = [c.strip() for c in line.strip("|").split("|")]
            if not line.startswith("|") or cells[0] == "no." or not cells[0].strip("-"):
                continue
            rows += 1
            where = f"{os.path.basename(path)} {cells[0]}"
            if len(cells) != 5 or cells[2] not in ("done", "partly", "not"):
                bad.append(f"{where}: not five cells with done, partly or not")
                continue
            if cells[2] == "done" and not ("`" in cells[3] and "`" in cells[4]):
                bad.append(f"{where}: done, but without file or test")
            for ref in re.findall(r"`([\w./-]+\.(?:c|h|py|sh)(?::\w+)?)`", cells[3] + cells[4]):
                name, _, test = ref.partition(":")
                if not exists(name):
                    bad.append(f"{where}: no file {name}")
                elif test and not any(test in text(f) for f in glob.glob(os.path.join(ROOT, "tests", "**", name),
                                                                        recursive=True)):
                    bad.append(f"{where}: no test {test} in {name}")
    assert bad == []
    assert rows > 100


# --- completion ---


def complete(*words):
    script = f"""
        source {ROOT}/deploy/parley/parley.bash-completion
        PATH={BUILD}:$PATH COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _parley && printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return run("bash", "-c", script, "bash", *words).split()


@pytest.mark.parametrize("words, want", [
    (("parley", ""), "user"),
    (("parley", "us"), "user"),
    (("parley", "user", "a"), "add"),
    (("parley", "--config", "x", "user", "del"), "delete"),
    (("parley", "user", "add", "a@b.example", "--dis"), "--display-name"),
    (("parley", "trace", "--b"), "--bodies"),
    (("parley", "help", "tr"), "trace"),
    (("parley", "meeting", "create", "--rec"), "--recurring"),
    (("parley", "mcu", "dr"), "drain"),
])
def test_bash_completes_commands_and_options(words, want):
    assert want in complete(*words)
