#!/usr/bin/env python3
"""Holds the include lines of the product's sources to the layers of docs/design.md.

usage: check_includes.py ROOT
Prints one line for each violation; the exit status is 1 if there is any.
"""

import pathlib
import re
import sys

# folder -> what of the project it may include besides itself: a folder, or a single header.
ALLOWED = {
    "dedupe/types": [],
    "dedupe/judge": ["dedupe/types"],
    "dedupe/codec": ["dedupe/types"],
    "dedupe/store": ["dedupe/types", "dedupe/codec"],
    # Only the registry, in sinks itself, knows the single sinks.
    "sinks": [
        "dedupe/types",
        "sinks/files",
        "sinks/kafka",
        "sinks/mysql",
        "sinks/postgres",
        "sinks/redis",
        "sinks/sqlite",
        "sinks/webhook",
    ],
    "sinks/common": ["dedupe/types", "sinks"],
    "sinks/kafka": ["dedupe/types", "sinks", "sinks/common"],
    "sinks/mysql": ["dedupe/types", "sinks", "sinks/common"],
    "sinks/sqlite": ["dedupe/types", "sinks", "sinks/common"],
    # Its manifest is a database of the SQLite sink.
    "sinks/files": ["dedupe/types", "sinks", "sinks/common", "sinks/sqlite"],
    "sinks/postgres": ["dedupe/types", "sinks", "sinks/common"],
    "sinks/redis": ["dedupe/types", "sinks", "sinks/common"],
    # Its ledger and its outbox are a SQLite file.
    "sinks/webhook": ["dedupe/types", "sinks", "sinks/common", "sinks/sqlite"],
    # The rule for stream names belongs to ingest and is stated nowhere twice.
    "server/config": ["dedupe/types", "sinks", "server/ingest/stream.h"],
    "server/log": ["dedupe/types"],
    "server/ingest": [
        "dedupe/types",
        "dedupe/judge",
        "dedupe/codec",
        "dedupe/store/index.h",
        "dedupe/store/journal_store.h",
        "sinks/sink.h",
        "sinks/dead_letter.h",
        "server/config/limits.h",
        "server/log",
    ],
    "server/decode": [
        "dedupe/types",
        "server/config/limits.h",
        "server/ingest/batch.h",
        "server/ingest/stream.h",
        # What the key of an event means is said once for both.
        "sinks/common/row_key.h",
    ],
    "server/metrics": [
        "dedupe/types",
        "server/config/limits.h",
        "server/http/observer.h",
        "server/http/problem.h",
        "server/ingest/clock.h",
        "server/ingest/observer.h",
    ],
    "server/http": [
        "dedupe/types",
        "server/config",
        "server/decode",
        "server/ingest",
        "server/log",
    ],
    "server/load": [],
    "server/cli": [
        "dedupe/types",
        "dedupe/store/set_aside.h",
        "server/config",
        "server/load",
    ],
    "server/app": ["dedupe", "sinks", "server"],
    "server": ["server/app", "server/cli"],
}

# How a library's headers begin -> the folders that may include them.
LIBRARIES = {
    "boost/asio": ["server", "sinks/webhook"],
    "boost/beast": ["server", "sinks/webhook"],
    "boost/url": ["server", "sinks/webhook"],
    "openssl/": ["sinks/webhook"],
    "leveldb/": ["dedupe/store"],
    "prometheus/": ["server/metrics"],
    "mysql.h": ["sinks/mysql"],
    "libpq-fe.h": ["sinks/postgres"],
    "librdkafka/": ["sinks/kafka"],
    "pqxx/": ["sinks/postgres"],
    "hiredis/": ["sinks/redis"],
    "sqlite3.h": ["sinks/files", "sinks/sqlite", "sinks/webhook"],
    "CLI/": ["server/cli"],
    "toml++/": ["server/config"],
    "spdlog/": ["server/log"],
    "zlib.h": ["server/decode"],
    "zstd.h": ["server/decode", "sinks/files"],
    "simdjson": ["server/decode", "server/http"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def lies_in(folder, parent):
    return folder == parent or folder.startswith(parent + "/")


def may_include(folder, header):
    header_folder = str(pathlib.PurePosixPath(header).parent)
    if header_folder == folder:
        return True
    for entry in ALLOWED[folder]:
        if entry == header:
            return True
        # A folder stands for what lies directly in it; those of server/app for everything below.
        if entry == header_folder or (folder == "server/app" and lies_in(header_folder, entry)):
            return True
    return False


def check_include(folder, kind, header):
    """What is wrong with one include line, or None."""
    if kind == '"':
        if may_include(folder, header):
            return None
        return f'{folder} may not include "{header}"'
    for prefix, folders in LIBRARIES.items():
        if not header.startswith(prefix):
            continue
        if not any(lies_in(folder, allowed) for allowed in folders):
            return f"<{header}> may be included in {', '.join(folders)} only"
    return None


def check_file(root, path):
    folder = str(path.parent.relative_to(root))
    if folder not in ALLOWED:
        yield f"{path.relative_to(root)}: the layer of {folder} is not stated"
        return
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        fault = check_include(folder, match.group(1), match.group(2))
        if fault:
            line = text.count("\n", 0, match.start(1)) + 1
            yield f"{path.relative_to(root)}:{line}: {fault}"


def check_tree(root):
    for top in ("dedupe", "sinks", "server"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield from check_file(root, path)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    faults = list(check_tree(pathlib.Path(sys.argv[1]).resolve()))
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
