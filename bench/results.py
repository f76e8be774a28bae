"""The results of oncegate_bench as bench/publish.py reads and keeps them."""

import json

# Parts in the order of the table.
PARTS = ["bulk", "mysql", "redis", "kafka", "webhook", "files", "single", "duplicates", "latency",
         "out_of_order", "fingerprints", "append", "journal", "overload", "by_producers", "by_group",
         "by_lanes", "by_size"]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def dump(results, path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1, ensure_ascii=False)
        file.write("\n")


def merged(old, new):
    """`old` with the parts of `new` in place of its own. What was measured under other conditions
    is not mixed with it, but may replace all of it."""
    if {part["part"] for part in new["parts"]} == set(PARTS):
        return new
    if old["conditions"] != new["conditions"]:
        raise SystemExit("error: the kept results were measured under other conditions: "
                         f"{old['conditions']} then, {new['conditions']} now; run all parts")
    parts = {part["part"]: part for part in old["parts"] + new["parts"]}
    load = max(old["load_at_start"], new["load_at_start"])
    return {"conditions": new["conditions"], "load_at_start": load,
            "parts": [parts[n] for n in PARTS if n in parts]}


def claims(results):
    return [claim for part in results["parts"] for claim in part["claims"]]


def series(results, plot):
    """The lines of a plot: name -> [(x, y)], in ascending order of x."""
    lines = {}
    for part in results["parts"]:
        for point in part["points"]:
            if point["plot"] == plot:
                lines.setdefault(point["series"], []).append((point["x"], point["y"]))
    return {name: sorted(points) for name, points in lines.items()}
