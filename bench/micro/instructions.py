#!/usr/bin/env python3
"""Counts the instructions of every phase of oncegate_workload and compares them with the recorded
figures. Exits with 77 where they can not be compared.

Instructions, other than seconds, are the same however busy the machine is. They do depend on the
compiler, on its flags and on the libraries: those are recorded with the figures.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
TOLERANCE_PERCENT = 10
# Whose code runs within the phases, or is compiled into them.
PACKAGES = [
    "libboost1.81-dev",
    "libc6",
    "libsimdjson-dev",
    "libstdc++-12-dev",
    "libxxhash0",
    "valgrind",
]
# The same code on every x86-64 machine, and no symbol that is looked up while the count is on.
ENVIRONMENT = {"SIMDJSON_FORCE_IMPLEMENTATION": "westmere", "LD_BIND_NOW": "1"}


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


def versions():
    return {package: version(package) for package in PACKAGES}


def version(package):
    command = ["dpkg-query", "--show", "--showformat=${Version}", package]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout if answer.returncode == 0 else "unknown"


def list_phases(workload):
    listed = subprocess.run([workload, "--list"], capture_output=True, text=True, check=True)
    return listed.stdout.split()


def count(workload, phase, folder):
    """The instructions of one phase."""
    out = pathlib.Path(folder) / phase
    subprocess.run(
        [
            "valgrind",
            "--quiet",
            "--tool=callgrind",
            "--collect-atstart=no",
            "--toggle-collect=oncegate::bench::Measured*",
            f"--callgrind-out-file={out}",
            workload,
            phase,
        ],
        env=os.environ | ENVIRONMENT,
        check=True,
    )
    for line in out.read_text(encoding="utf-8").splitlines():
        if line.startswith("totals:"):
            return int(line.split()[1])
    sys.exit(f"callgrind has written no totals for {phase}")


def count_all(workload):
    with tempfile.TemporaryDirectory() as folder:
        return {phase: count(workload, phase, folder) for phase in list_phases(workload)}


def record(arguments, counted):
    figures = {
        "recorded_with": {"compiler": arguments.compiler, "packages": versions()},
        "instructions": counted,
    }
    arguments.golden.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def differs(recorded, now):
    """Whether two counts, of which either may be missing, are further apart than the tolerance."""
    if recorded is None or now is None:
        return True
    return abs(now - recorded) * 100 > recorded * TOLERANCE_PERCENT


def print_line(phase, recorded, now):
    change = f"{100 * (now - recorded) / recorded:+.1f} %" if recorded and now else "-"
    verdict = "DIFFERS" if differs(recorded, now) else "ok"
    print(f"{phase:20}{recorded or '-':>14}{now or '-':>14}{change:>10}  {verdict}")


def compare(golden, counted):
    """True if every phase is within the tolerance."""
    recorded = golden["instructions"]
    phases = sorted(recorded.keys() | counted.keys())
    print(f"{'phase':20}{'recorded':>14}{'counted':>14}{'change':>10}")
    for phase in phases:
        print_line(phase, recorded.get(phase), counted.get(phase))
    return not any(differs(recorded.get(phase), counted.get(phase)) for phase in phases)


def print_advice(golden):
    packages_then = golden["recorded_with"]["packages"]
    for package, now in versions().items():
        then = packages_then.get(package, "unknown")
        if then != now:
            print(f"{package} was {then} when the figures were recorded and is {now}")
    print(
        f"More than {TOLERANCE_PERCENT} % from the recorded figures. If that is intended, faster "
        "or slower, record anew; bench/micro/README.md says how."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload")
    parser.add_argument("golden", type=pathlib.Path)
    parser.add_argument("--compiler", required=True, help="what the workload was compiled with")
    parser.add_argument("--record", action="store_true", help="write the figures anew")
    arguments = parser.parse_args()
    if shutil.which("valgrind") is None:
        skip("valgrind is not installed")
    if arguments.record:
        record(arguments, count_all(arguments.workload))
        return
    golden = json.loads(arguments.golden.read_text(encoding="utf-8"))
    compiler = golden["recorded_with"]["compiler"]
    if compiler != arguments.compiler:
        skip(f"recorded with {compiler}; this is {arguments.compiler}")
    if not compare(golden, count_all(arguments.workload)):
        print_advice(golden)
        sys.exit(1)


if __name__ == "__main__":
    main()
