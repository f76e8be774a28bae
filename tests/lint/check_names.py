#!/usr/bin/env python3
"""Holds each type of the product to a name of its own.

usage: check_names.py ROOT

Two types of one name in one namespace break the rule of one definition. No compiler notices while no
file sees both, and the linker then takes the inline functions of either for both.
"""

import collections
import pathlib
import re
import sys

FOLDERS = ("dedupe", "sinks", "server", "bench")  # Linked into one program.
NAMESPACE = re.compile(r"namespace ([\w:]*) ?\{")
END_OF_NAMESPACE = re.compile(r"\}  // namespace")
# Definitions at the start of a line; what is only declared ends in a semicolon, and what belongs to
# another type has its name before.
TYPE = re.compile(r"(?:struct|class|union|enum(?: class)?) (\w+)(?![\w:]*::)[^;]*$")


def types_of(path):
    """The names of the types that a file defines, with their namespaces; not those of its own."""
    namespaces = []
    for line in path.read_text(encoding="utf-8").splitlines():
        opened = NAMESPACE.match(line)
        if opened:
            namespaces.append(opened.group(1))
        elif END_OF_NAMESPACE.match(line):
            namespaces.pop()
        else:
            found = TYPE.match(line)
            if found and "" not in namespaces:
                yield "::".join([*namespaces, found.group(1)])


def main():
    root = pathlib.Path(sys.argv[1])
    places = collections.defaultdict(list)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cc"):
                for name in types_of(path):
                    places[name].append(path.relative_to(root))
    if not places:
        sys.exit("no types found")
    doubled = {name: paths for name, paths in places.items() if len(paths) > 1}
    for name, paths in sorted(doubled.items()):
        print(f"{name} is defined in {' and in '.join(str(path) for path in paths)}; rename one")
    sys.exit(1 if doubled else 0)


main()
