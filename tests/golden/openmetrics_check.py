"""Reads an OpenMetrics exposition with a strict parser: openmetrics_check.py OPENMETRICS CLASSIC

It must be well-formed, type gauge histograms as such, and have the same samples as the classic
exposition of the same report.
"""

import math
import re
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as classic

GAUGE_HISTOGRAMS = {
    "hardlink_inode_links",
    "hardlink_layer_links",
    "hardlink_layer_inode_links",
}
# OpenMetrics 1.0.0, "Canonical Numbers".
CANONICAL_LE = re.compile(r"(\+Inf|\d+\.\d+|\d(\.\d+)?e[+-]\d{2,})\Z")


def read(path):
    # Reads bytes strictly: a wrong encoding or line end must fail.
    with open(path, encoding="utf-8", errors="strict", newline="\n") as exposition:
        return exposition.read()


def samples(families):
    """Values by series; fails on a series that is there twice."""
    found = {}
    for family in families:
        for sample in family.samples:
            series = (sample.name, tuple(sorted(sample.labels.items())))
            assert series not in found, f"served twice: {series}"
            assert sample.timestamp is None, f"has a timestamp: {series}"
            found[series] = sample.value
    return found


def check_openmetrics(text):
    assert text.endswith("\n# EOF\n"), "does not end with # EOF"
    families = list(openmetrics(text))
    gauge_histograms = {f.name for f in families if f.type == "gaugehistogram"}
    assert gauge_histograms == GAUGE_HISTOGRAMS, gauge_histograms
    for family in families:
        assert family.type in ("gauge", "counter", "gaugehistogram"), (family.name, family.type)
        assert family.documentation, f"{family.name} has no HELP"
        for sample in family.samples:
            le = sample.labels.get("le", "1.0")
            assert CANONICAL_LE.match(le), f"not canonical: {le}"
    return samples(families)


def main(openmetrics_path, classic_path):
    ours = check_openmetrics(read(openmetrics_path))
    theirs = samples(classic(read(classic_path)))
    assert ours, "no samples"
    assert ours.keys() == theirs.keys(), sorted(ours.keys() ^ theirs.keys())
    for series, value in ours.items():
        # prometheus-cpp writes 16 significant digits.
        assert math.isclose(value, theirs[series], rel_tol=1e-15), (series, value, theirs[series])


if __name__ == "__main__":
    main(*sys.argv[1:])
