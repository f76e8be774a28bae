#!/usr/bin/python3
"""Writes oncegate.json, the Grafana dashboard, from the table of panels below.

    dashboards/grafana/build.py           # write dashboards/grafana/oncegate.json
    dashboards/grafana/build.py --check   # exit status 1 if the file is not what this script writes

The queries use the service's own metrics alone, so that the dashboard works without the recording
rules. F selects the chosen instances, FS the chosen streams too.
"""

import json
import pathlib
import sys

OUTPUT = pathlib.Path(__file__).with_name("oncegate.json")
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
F = 'job=~"$job",instance=~"$instance"'
FS = F + ',stream=~"$stream"'
SETTLED = "applied|duplicate|superseded|dead_lettered"
GRID_COLUMNS = 24


def rate(metric, by, selector=F):
    return f"sum by ({by}) (rate({metric}{{{selector}}}[$__rate_interval]))"


def quantile(q, metric, by, selector=F):
    buckets = rate(metric + "_bucket", f"{by}, le" if by else "le", selector)
    return f"histogram_quantile({q}, {buckets})"


def quantiles(metric, by, legend, selector=F):
    """The median and the 99th percentile, as the two targets of a panel."""
    return [(quantile(q, metric, by, selector), f"{legend} {name}")
            for q, name in (("0.5", "p50"), ("0.99", "p99"))]


def with_type(expression):
    """Of a gauge by sink: with the type of the sink as a further label."""
    return f"{expression} * on (job, instance, sink) group_left (type) oncegate_sink_info{{{F}}}"


def share_of_verdict(verdict):
    """Of the answered events, per stream; absent without traffic."""
    part = rate("oncegate_events_total", "stream", f'{FS},verdict="{verdict}"')
    return f'{part} / ({rate("oncegate_events_total", "stream", FS)} > 0)'


def panel(title, targets, unit, description, kind="timeseries", width=8, stack=False, **field):
    return {"title": title, "targets": targets, "unit": unit, "description": description,
            "kind": kind, "width": width, "stack": stack, "field": field}


def stat(title, expr, unit, description, **field):
    return panel(title, [(expr, "")], unit, description, kind="stat", width=3, **field)


def red_above(limit):
    return {"mode": "absolute", "steps": [{"color": "green", "value": None},
                                          {"color": "red", "value": limit}]}


RED_BELOW_ONE = {"mode": "absolute", "steps": [{"color": "red", "value": None},
                                               {"color": "green", "value": 1}]}

ROWS = [
    ("Overview", [
        stat("Ready", f"min(oncegate_ready{{{F}}})", "bool_yes_no",
             "Whether every chosen instance answers /readyz with 200.", thresholds=RED_BELOW_ONE),
        stat("Sinks up", f"min(oncegate_sink_up{{{F}}})", "bool_yes_no",
             "Whether every sink takes writes from every chosen instance.",
             thresholds=RED_BELOW_ONE),
        stat("Alerts firing",
             'count(ALERTS{alertname=~"Oncegate.*",alertstate="firing"}) or vector(0)', "none",
             "Alerts of this service that fire now; see docs/runbook.md.",
             thresholds=red_above(1)),
        stat("Events", f"sum(rate(oncegate_events_total{{{FS}}}[$__rate_interval]))", "ops",
             "Events answered per second, all verdicts."),
        stat("Not settled",
             f'sum(rate(oncegate_events_total{{{FS},verdict!~"{SETTLED}"}}[$__rate_interval])) / '
             f"(sum(rate(oncegate_events_total{{{FS}}}[$__rate_interval])) > 0)", "percentunit",
             "Share of the answered events that are not settled.", thresholds=red_above(0.05)),
        stat("Request p99",
             quantile("0.99", "oncegate_http_request_duration_seconds", "",
                      F + ',route=~".*/events"'), "s",
             "99 of 100 ingest requests are answered within this time."),
        stat("Uptime", f"time() - max(process_start_time_seconds{{{F}}})", "s",
             "Of the instance that started last."),
        panel("Version", [(f"count by (version) (oncegate_build_info{{{F}}})", "{{version}}")],
              "none", "Instances by version.", kind="stat", width=3, text="value_and_name"),
    ]),
    ("Verdicts", [
        panel("Events by verdict", [(rate("oncegate_events_total", "verdict", FS), "{{verdict}}")],
              "ops", "What events are answered, per second.", width=12, stack=True),
        panel("Events by stream", [(rate("oncegate_events_total", "stream", FS), "{{stream}}")],
              "ops", "All verdicts, per second.", width=12, stack=True),
        panel("Duplicates",
              [(share_of_verdict("duplicate"), "{{stream}}")],
              "percentunit", "Share of the answered events that had been seen before."),
        panel("To be sent again",
              [(share_of_verdict("retry"), "{{stream}}")],
              "percentunit", "Share of the answered events with verdict retry."),
        panel("Refused by state",
              [(rate("oncegate_events_total", "stream, verdict",
                     FS + ',verdict=~"conflict|gap|fenced|too_old"'), "{{stream}} {{verdict}}")],
              "ops", "Final for the event: another payload, a gap, an old epoch, below the floor."),
        panel("Refused by content",
              [(rate("oncegate_events_total", "stream, verdict",
                     FS + ',verdict=~"invalid|rejected"'), "{{stream}} {{verdict}}")],
              "ops", "Malformed records, and records that the sink can not take."),
        panel("Dead letters",
              [(f"max by (stream) (oncegate_dead_letters{{{FS}}})", "{{stream}}")],
              "short", "Events that are kept for a replay because the sink refuses their rows.",
              thresholds=red_above(1)),
        panel("Producers and ids",
              [(f"max by (stream) (oncegate_producers{{{FS}}})", "{{stream}} producers"),
               (f"max by (stream) (oncegate_ids{{{FS}}})", "{{stream}} ids")],
              "short", "What the ledger remembers."),
        panel("Window ranges",
              [(f"max by (stream) (oncegate_window_ranges_max{{{FS}}})", "{{stream}}")],
              "short", "Most settled ranges of one producer; at ranges_max (256) its floor rises.",
              thresholds=red_above(204)),
    ]),
    ("Lanes", [
        panel("Events per group", quantiles("oncegate_group_events", "stream", "{{stream}}", FS),
              "short", "Events of the stream in one sink transaction.", width=6),
        panel("Groups", [(rate("oncegate_group_events_count", "stream", FS), "{{stream}}")],
              "ops", "Groups with events of the stream, per second.", width=6),
        panel("Wait in the lane",
              quantiles("oncegate_lane_wait_seconds", "stream", "{{stream}}", FS),
              "s", "From admission to the start of the group.", width=6),
        panel("Queued bytes",
              [(f"sum by (instance, lane) (oncegate_lane_queue_bytes{{{FS}}})",
                "{{instance}} lane {{lane}}")],
              "bytes", "At queue_bytes_per_lane (64 MiB) requests are answered 429.", width=6,
              thresholds=red_above(0.8 * 67108864)),
    ]),
    # A sink is the same here whatever its type is; what single types have besides comes last.
    ("Sink", [
        panel("Sink up", [(with_type(f"oncegate_sink_up{{{F}}}"), "{{instance}} {{sink}} ({{type}})")],
              "bool_yes_no", "1 while the sink takes writes, or would if it were not paused.",
              width=6, max=1, min=0),
        panel("Paused", [(f"oncegate_sink_paused{{{F}}}", "{{instance}} {{sink}}")],
              "bool_yes_no", "1 while an operator has paused the sink.", width=6, max=1, min=0),
        panel("Transactions",
              [(rate("oncegate_sink_commits_total", "sink, outcome"), "{{sink}} {{outcome}}")],
              "ops", "Sink transactions by outcome, per second.", width=6),
        panel("Commit time",
              quantiles("oncegate_sink_commit_duration_seconds", "sink", "{{sink}}"),
              "s", "Time that the sink took to commit.", width=6),
        panel("Sink errors",
              [(rate("oncegate_sink_errors_total", "sink, class"), "{{sink}} {{class}}")],
              "ops", "restart: group again; connection: lane pauses; stream: one stream pauses; "
              "refused: not usable as configured."),
        panel("Ledger",
              [(rate("oncegate_ledger_conflicts_total", "sink"), "{{sink}} conflicts"),
               (rate("oncegate_ledger_regressions_total", "sink"), "{{sink}} regressions")],
              "ops", "Conflicts: another instance wrote the row. Regressions: the sink was "
              "restored or failed over and lost commits."),
        panel("In-doubt commits",
              [(f'sum by (sink) (oncegate_sink_commits_total{{{F},outcome="in_doubt"}}) - '
                f"sum by (sink) (oncegate_in_doubt_resolved_total{{{F}}})", "{{sink}} unresolved"),
               (rate("oncegate_in_doubt_resolved_total", "sink, outcome"),
                "{{sink}} resolved {{outcome}} per second")],
              "short", "Commits whose outcome is unknown until the ledger was read again."),
        panel("Webhook deliveries",
              [(rate("oncegate_delivery_requests_total", "sink, outcome"), "{{sink}} {{outcome}}"),
               (f"oncegate_delivery_pending_events{{{F}}}", "{{sink}} events pending"),
               (f"oncegate_delivery_circuit_open{{{F}}}", "{{sink}} circuit open")],
              "short", "Requests to the receiver, per second; retry: sent again; dead_letter: "
              "refused for good. Circuit open: the receiver is only probed."),
    ]),
    ("Store", [
        panel("Write time", quantiles("oncegate_store_write_duration_seconds", "", "write"),
              "s", "Time of a write to the local store.", width=6),
        panel("Writes", [(rate("oncegate_store_write_duration_seconds_count", "instance"),
                          "{{instance}}")], "ops", "Writes per second.", width=6),
        panel("Store errors",
              [(rate("oncegate_store_errors_total", "instance"), "{{instance}} errors"),
               (f"oncegate_store_poisoned{{{F}}}", "{{instance}} poisoned")],
              "short", "Poisoned: a write failed and the store was not reopened yet.", width=6),
        panel("Size on disk", [(f"oncegate_store_bytes{{{F}}}", "{{instance}}")],
              "bytes", "Approximate size of the local store.", width=6),
    ]),
    ("Journal", [
        panel("Pending events",
              [(f"sum by (stream) (oncegate_journal_pending_events{{{FS}}})", "{{stream}}")],
              "short", "Accepted events that are not in the sink yet."),
        panel("Pending bytes",
              [(f"sum by (stream) (oncegate_journal_pending_bytes{{{FS}}})", "{{stream}}")],
              "bytes", "At journal.bytes (4 GiB) requests are answered 503."),
        panel("Oldest pending event",
              [(f"max by (stream) (oncegate_journal_oldest_pending_seconds{{{FS}}})",
                "{{stream}}")],
              "s", "How long an accepted event has waited for its sink.",
              thresholds=red_above(600)),
    ]),
    ("HTTP", [
        panel("Requests by route", [(rate("oncegate_http_requests_total", "route"), "{{route}}")],
              "reqps", "Requests answered per second.", stack=True),
        panel("Requests by status", [(rate("oncegate_http_requests_total", "code"), "{{code}}")],
              "reqps", "Requests answered per second.", stack=True),
        panel("Request time (p99)",
              [(quantile("0.99", "oncegate_http_request_duration_seconds", "route"), "{{route}}")],
              "s", "From the end of the request head to the last byte of the answer."),
        panel("Refused requests",
              [(rate("oncegate_http_rejected_total", "reason"), "{{reason}}")],
              "reqps", "Requests and connections refused as a whole, per second.", width=12),
        panel("Connections", [(f"oncegate_http_connections{{{F}}}", "{{instance}}")],
              "short", "Open client connections.", width=12),
    ]),
    ("Process", [
        panel("CPU", [(rate("process_cpu_seconds_total", "instance"), "{{instance}}")],
              "short", "Cores in use.", width=6),
        panel("Memory",
              [(f"process_resident_memory_bytes{{{F}}}", "{{instance}} resident"),
               (f"process_virtual_memory_bytes{{{F}}}", "{{instance}} virtual")],
              "bytes", "Memory in RAM, and the size of the address space.", width=6),
        panel("File descriptors",
              [(f"process_open_fds{{{F}}}", "{{instance}} open"),
               (f"process_max_fds{{{F}}}", "{{instance}} limit")],
              "short", "Open ones, and how many are allowed.", width=6),
        panel("Threads", [(f"process_threads{{{F}}}", "{{instance}}")],
              "short", "Threads of the process.", width=6),
    ]),
]

HEIGHT = {"stat": 4, "timeseries": 8}


def variable(name, label, query, multi=True):
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE,
            "query": {"query": query, "refId": name}, "definition": query, "refresh": 2, "sort": 1,
            "multi": multi, "includeAll": multi, "allValue": ".*" if multi else None,
            "current": {"text": "All", "value": "$__all"} if multi else {}}


def variables():
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        variable("job", "Job", "label_values(oncegate_build_info, job)", multi=False),
        variable("instance", "Instance",
                 'label_values(oncegate_build_info{job=~"$job"}, instance)'),
        variable("stream", "Stream", f"label_values(oncegate_events_total{{{F}}}, stream)"),
    ]


def row_json(title, identifier, y):
    return {"id": identifier, "type": "row", "title": title, "collapsed": False, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": GRID_COLUMNS, "h": 1}}


def panel_json(spec, identifier, x, y):
    field = dict(spec["field"])
    text_mode = field.pop("text", "auto")
    defaults = {"unit": spec["unit"], "min": 0, **field}
    options = {"tooltip": {"mode": "multi", "sort": "desc"}, "legend": {"displayMode": "list"}}
    if spec["kind"] == "stat":
        options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "textMode": text_mode}
    if spec["stack"]:
        defaults["custom"] = {"stacking": {"mode": "normal"}, "fillOpacity": 20}
    return {
        "id": identifier, "type": spec["kind"], "title": spec["title"],
        "description": spec["description"], "datasource": DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": spec["width"], "h": HEIGHT[spec["kind"]]},
        "fieldConfig": {"defaults": defaults, "overrides": []}, "options": options,
        "targets": [{"refId": chr(ord("A") + i), "datasource": DATASOURCE, "expr": expr,
                     "legendFormat": legend} for i, (expr, legend) in enumerate(spec["targets"])],
    }


def panels():
    """Rows one below the other, their panels from left to right."""
    result = []
    y = 0
    for title, specs in ROWS:
        result.append(row_json(title, len(result) + 1, y))
        y += 1
        x = 0
        for spec in specs:
            height = HEIGHT[spec["kind"]]
            if x + spec["width"] > GRID_COLUMNS:
                x = 0
                y += height
            result.append(panel_json(spec, len(result) + 1, x, y))
            x += spec["width"]
        y += height
    return result


def dashboard():
    return {"uid": "oncegate", "title": "oncegate", "tags": ["oncegate"], "editable": True,
            "schemaVersion": 37, "version": 1, "timezone": "browser", "refresh": "30s",
            "time": {"from": "now-1h", "to": "now"}, "graphTooltip": 1,
            "templating": {"list": variables()}, "panels": panels()}


def main():
    text = json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"
    if sys.argv[1:] == ["--check"]:
        if not OUTPUT.exists() or OUTPUT.read_text(encoding="utf-8") != text:
            sys.exit(f"{OUTPUT} is out of date: run {__file__}")
        return
    OUTPUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
