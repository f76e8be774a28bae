#!/usr/bin/env python3
"""Shows that the proofs notice when the product is broken on purpose.

usage: run_mutations.py ROOT [--scratch DIR] [--only NAME]... [--jobs N]
       run_mutations.py ROOT --applies

Copies the tree, builds it, and runs every check of mutations.toml: all must pass. Then applies one
patch at a time, builds what its checks need, and runs them: each must fail in the way the table
says. A patch that no longer applies, one that does not compile and one that survives are failures.
With --applies nothing is built: it only tells whether every patch still applies.
The scratch folder (default: a temporary one) is used again if it is there, which saves the build.
"""

import argparse
import filecmp
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib

CHECK_SECONDS_MAX = 300
BUILD_SECONDS_MAX = 1800
HERE = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    pass


def last_lines(text):
    return "\n".join(text.splitlines()[-15:])


def left_out(folder):
    return folder.name in (".git", "__pycache__") or folder.parts[0].startswith("build")


def copy_if_other(source, target):
    if target.exists() and filecmp.cmp(source, target, shallow=False):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def patch(tree, name, *options):
    done = subprocess.run(
        ["patch", "-p0", "--fuzz=0", "--batch", "--no-backup-if-mismatch", *options]
        + ["-i", str(HERE / f"{name}.patch")],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Failure("the patch no longer applies:\n" + done.stdout)


class Workshop:
    """A copy of the tree with a build folder beside it."""

    def __init__(self, root, scratch, jobs):
        self.source = scratch / "tree"
        self.build = scratch / "build"
        self.jobs = jobs
        # Paths below the scratch folder do not matter to the cache of compilations.
        self.environment = dict(os.environ, CCACHE_BASEDIR=str(scratch), CCACHE_NOHASHDIR="1")
        self.copy(root)
        if not (self.build / "build.ninja").exists():
            self.run(["cmake", "-S", self.source, "-B", self.build, "-G", "Ninja"], 120)

    def copy(self, root):
        """Copies what differs, so that what is built already stays built."""
        wanted = set()
        for folder, folders, files in os.walk(root):
            place = pathlib.Path(folder).relative_to(root)
            folders[:] = [f for f in folders if not left_out(place / f)]
            for name in files:
                wanted.add(place / name)
                copy_if_other(root / place / name, self.source / place / name)
        for path in list(self.source.rglob("*")):
            if path.is_file() and path.relative_to(self.source) not in wanted:
                path.unlink()

    def run(self, command, seconds_max):
        """The exit status and what was printed."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self.build if self.build.exists() else self.source,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds_max,
            check=False,
        )
        return done.returncode, done.stdout

    def make(self, targets):
        status, text = self.run(["ninja", f"-j{self.jobs}", *targets], BUILD_SECONDS_MAX)
        if status != 0:
            raise Failure("does not build:\n" + last_lines(text))

    def passes(self, check):
        status, text = self.run_check(check)
        return status == 0, text

    def fails_as(self, check, reason):
        """What failed for the reason that the table gives. Anything else is a Failure."""
        status, text = self.run_check(check)
        if status == 0:
            raise Failure("nothing notices it")
        wanted = check["failure"].replace("{}", re.escape(reason))
        found = re.search(wanted, text, re.MULTILINE)
        if found is None:
            raise Failure("failed otherwise than the table says:\n" + last_lines(text))
        return found.group(0)

    def run_check(self, check):
        program, *options = check["command"]
        try:
            return self.run([self.build / program, *options], CHECK_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise Failure("the check does not end") from None


def targets_of(names, checks):
    return sorted({target for name in names for target in checks[name]["targets"]})


def require_intact(workshop, names, checks):
    workshop.make(targets_of(names, checks))
    for name in names:
        passed, text = workshop.passes(checks[name])
        if not passed:
            raise Failure(f"{name} fails without any mutation:\n" + last_lines(text))
        print(f"intact: {name} passes", flush=True)


def require_caught(workshop, mutation, checks):
    """Prints how each check caught the mutation."""
    patch(workshop.source, mutation["patch"], "--forward")
    try:
        workshop.make(targets_of(mutation["fails"], checks))
        for name, reason in mutation["fails"].items():
            begun = time.monotonic()
            failed = workshop.fails_as(checks[name], reason)
            seconds = time.monotonic() - begun
            print(f"caught: {mutation['patch']} by {name} in {seconds:.1f} s: {failed}", flush=True)
    finally:
        patch(workshop.source, mutation["patch"], "--reverse")


def read_table():
    table = tomllib.loads((HERE / "mutations.toml").read_text(encoding="utf-8"))
    listed = {mutation["patch"] for mutation in table["mutations"]}
    if listed != {path.stem for path in HERE.glob("*.patch")}:
        raise Failure("the patches and the table do not name the same mutations")
    return table["mutations"], table["checks"]


def count_failures(mutations, prove):
    """Proves one mutation after the other; the number of those for which that failed."""
    failures = 0
    for mutation in mutations:
        try:
            prove(mutation)
        except Failure as failure:
            failures += 1
            print(f"FAILED: {mutation['patch']}: {failure}", flush=True)
    return failures


def run(arguments, scratch):
    mutations, checks = read_table()
    if arguments.only:
        mutations = [m for m in mutations if m["patch"] in arguments.only]
    workshop = Workshop(arguments.root, scratch, arguments.jobs)
    require_intact(workshop, sorted({name for m in mutations for name in m["fails"]}), checks)
    failures = count_failures(mutations, lambda m: require_caught(workshop, m, checks))
    print(f"{len(mutations)} mutations, {failures} not caught")
    return failures


def apply_only(root):
    mutations, _ = read_table()
    return count_failures(mutations, lambda m: patch(root, m["patch"], "--forward", "--dry-run"))


def main():
    parser = argparse.ArgumentParser(description="runs the table of mutations")
    parser.add_argument("root", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--applies", action="store_true")
    parser.add_argument("--scratch", type=pathlib.Path)
    parser.add_argument("--only", action="append")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    try:
        if arguments.applies:
            sys.exit(1 if apply_only(arguments.root) else 0)
        if arguments.scratch:
            sys.exit(1 if run(arguments, arguments.scratch.resolve()) else 0)
        with tempfile.TemporaryDirectory(prefix="oncegate-mutations-") as scratch:
            sys.exit(1 if run(arguments, pathlib.Path(scratch).resolve()) else 0)
    except Failure as failure:
        sys.exit(f"FAILED: {failure}")


if __name__ == "__main__":
    main()
