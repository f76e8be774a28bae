"""Markdown of the results, and its place in a document."""

from results import claims


def figure(value):
    """Three digits; more of large numbers, fewer of small whole ones."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def conditions_line(results):
    known = results["conditions"]
    return (f"oncegate {known['version']}; {known['cores']} cores ({known['processor']}), "
            f"{known['memory_gib']:.0f} GiB, {known['system']}; {known['rounds']} rounds of "
            f"{known['round_seconds']:g} s, {known['sweep_round_seconds']:g} s along the axes of "
            f"plots; {known['lanes']} lanes for Postgres. "
            f"Load of the machine before: {results['load_at_start']:.1f}.")


def targets_table(results):
    lines = ["| what | target | measured | | how |", "| --- | --- | --- | --- | --- |"]
    for claim in claims(results):
        met = "ok" if claim["holds"] else "**missed**"
        lines.append(f"| {claim['what']} | {claim['bound']} {figure(claim['target'])} "
                     f"{claim['unit']} | {figure(claim['measured'])} | {met} | {claim['how']} |")
    return "\n".join(lines)


def sinks_table(results):
    """A row a sink: oncegate beside what one would write by hand."""
    lines = ["| sink | by hand, events/s | oncegate, events/s | ratio | what is written by hand |",
             "| --- | --- | --- | --- | --- |"]
    for part in results["parts"]:
        for row in part.get("comparisons", []):
            lines.append(f"| {row['sink']} | {figure(row['by_hand'])} | {figure(row['oncegate'])} "
                         f"| {figure(row['ratio'])} | {row['how']} |")
        if "skipped" in part:
            lines.append(f"| {part['part']} | | | skipped | {part['skipped']} |")
    return "\n".join(lines)


def figures_table(results):
    lines = ["| part | what | median | lowest to highest | unit |",
             "| --- | --- | --- | --- | --- |"]
    for part in results["parts"]:
        for row in part["figures"]:
            rounds = row["rounds"]
            spread = f"{figure(min(rounds))} to {figure(max(rounds))}" if len(rounds) > 1 else ""
            lines.append(f"| {part['part']} | {row['name']} | {figure(row['median'])} | {spread} "
                         f"| {row['unit']} |")
    return "\n".join(lines)


def replaced(document, name, text):
    """`document` with `text` between its marks of this name."""
    begin = f"<!-- {name}: made by scripts/bench -->\n"
    end = f"<!-- end of {name} -->"
    before, found_begin, rest = document.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise SystemExit(f"error: the document has no marks of {name}")
    return f"{before}{begin}\n{text}\n\n{end}{after}"


def with_results(document, results):
    """The document with everything that comes from the results."""
    document = replaced(document, "conditions", conditions_line(results))
    document = replaced(document, "targets", targets_table(results))
    document = replaced(document, "sinks", sinks_table(results))
    return replaced(document, "figures", figures_table(results))
