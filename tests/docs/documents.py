"""Reads the project's Markdown: documents, fenced blocks, tables, headings."""

import re

# Folders that hold no documents of the project.
FOREIGN = re.compile(r"^(\.git|build.*|oncegate-data|__pycache__)$")


def find_documents(root):
    """Every Markdown file below `root`, as paths."""
    pending = [root]
    while pending:
        for path in sorted(pending.pop().iterdir()):
            if path.is_dir() and not path.is_symlink() and not FOREIGN.match(path.name):
                pending.append(path)
            elif path.suffix == ".md":
                yield path


def blocks(text, language):
    """The contents of the fenced blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def without_blocks(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def sections(text):
    """(heading, text up to the next heading of any level), in order."""
    parts = re.split(r"^(#+ .*)$", text, flags=re.M)
    return [(heading.lstrip("# "), body) for heading, body in zip(parts[1::2], parts[2::2])]


def table_rows(text):
    """The rows of all tables, without heads, as lists of cells."""
    for line in without_blocks(text).splitlines():
        if not line.startswith("|") or re.match(r"^\|[\s|-]+\|$", line):
            continue
        yield [cell.strip() for cell in line.strip("|").split("|")]


def anchors(text):
    """What a link to a heading of this document may name behind #."""
    found = set()
    for heading, _ in sections(without_blocks(text)):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(slug)
    return found
