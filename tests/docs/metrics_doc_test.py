"""Compares docs/metrics.md with the served metrics: metrics_doc_test.py DOC CLASSIC OPENMETRICS

Every served metric must be documented with its types and labels, and every documented metric must
be served. A metric's row starts with its name in backticks:

    | `name` | type, classic | type, OpenMetrics | labels | unit | meaning |
"""

import re
import sys

ROW = re.compile(r"\| `((?:hardlink|process)_\w+)` \| *([\w ]+?) *\| *(\w+) *\| *([^|]*?) *\|")
TYPE = re.compile(r"# TYPE (\S+) (\S+)\Z")
SAMPLE = re.compile(r"([a-z_]+)(?:\{(.*)\})? \S+\Z")
LABEL = re.compile(r'([a-z_]+)="(?:[^"\\]|\\.)*"')
PARTS = ("_bucket", "_gcount", "_gsum")


def read(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return file.read()


def documented(markdown):
    """(classic type, OpenMetrics type, labels) by metric."""
    metrics = {}
    for name, classic, openmetrics, labels in ROW.findall(markdown):
        assert name not in metrics, f"documented twice: {name}"
        metrics[name] = (classic, openmetrics, frozenset(re.findall(r"`(\w+)`", labels)))
    return metrics


def types_and_labels(exposition):
    """Types by family and labels by sample name."""
    types, labels = {}, {}
    for line in exposition.split("\n"):
        if declared := TYPE.match(line):
            types[declared[1]] = declared[2]
        elif sample := SAMPLE.match(line):
            labels.setdefault(sample[1], set()).update(LABEL.findall(sample[2] or ""))
    return types, labels


def metric_of(family, kind):
    """The name that the documentation uses for an OpenMetrics family."""
    return family + "_total" if kind == "counter" else family


def served(classic, openmetrics):
    """The result that documented() should have."""
    classic_types, _ = types_and_labels(classic)
    types, labels = types_and_labels(openmetrics)
    metrics = {}
    for family, kind in types.items():
        name = metric_of(family, kind)
        if kind == "gaugehistogram":
            assert all(classic_types.pop(name + part) == "gauge" for part in PARTS), name
            metrics[name] = ("gauges", kind, frozenset(labels[name + "_bucket"]))
        else:
            metrics[name] = (classic_types.pop(name), kind, frozenset(labels[name]))
    assert not classic_types, f"only in the classic format: {sorted(classic_types)}"
    return metrics


def main(doc_path, classic_path, openmetrics_path):
    in_doc = documented(read(doc_path))
    in_exposition = served(read(classic_path), read(openmetrics_path))
    problems = [f"served but not documented: {n}" for n in in_exposition.keys() - in_doc.keys()]
    problems += [f"documented but not served: {n}" for n in in_doc.keys() - in_exposition.keys()]
    for name in in_doc.keys() & in_exposition.keys():
        if in_doc[name] != in_exposition[name]:
            problems.append(f"{name}: documented {in_doc[name]}, served {in_exposition[name]}")
    for problem in sorted(problems):
        print(f"{doc_path}: {problem}")
    sys.exit(1 if problems or not in_exposition else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
