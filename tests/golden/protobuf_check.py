"""Reads a protobuf exposition with Google's library: protobuf_check.py PROTOBUF OPENMETRICS

It must have the same families, types, help texts and samples as the OpenMetrics exposition of the same report, and the
exponential buckets of every histogram must agree with the classic ones.
"""

import pathlib
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))

import protobuf  # noqa: E402  (the path is set above)

TYPES = {"counter": "COUNTER", "gauge": "GAUGE", "gaugehistogram": "GAUGE_HISTOGRAM"}


def series(name, labels, **more):
    return name, tuple(sorted({**labels, **more}.items()))


def samples_of(family):
    """Values by series, with the names of OpenMetrics."""
    for metric in family.metric:
        labels = protobuf.labels(metric)
        if metric.HasField("counter"):
            yield series(family.name, labels), metric.counter.value
        elif metric.HasField("gauge"):
            yield series(family.name, labels), metric.gauge.value
        else:
            value = metric.histogram
            for bucket in value.bucket:
                le = str(bucket.upper_bound)
                yield series(f"{family.name}_bucket", labels, le=le), bucket.cumulative_count
            yield series(f"{family.name}_bucket", labels, le="+Inf"), value.sample_count
            yield series(f"{family.name}_gcount", labels), value.sample_count
            yield series(f"{family.name}_gsum", labels), value.sample_sum


def check_native(histogram):
    """The values of the literal report are those of its bounds, so both kinds of buckets have the same counts."""
    counts = protobuf.native(histogram)
    assert [b.cumulative_count for b in histogram.bucket] == [
        sum(n for index, n in counts.items() if index <= protobuf.index_of(int(b.upper_bound)))
        for b in histogram.bucket
    ]


def main(protobuf_path, openmetrics_path):
    families = protobuf.families(pathlib.Path(protobuf_path).read_bytes())
    text = pathlib.Path(openmetrics_path).read_text(encoding="utf-8")
    expected = {}
    for family in openmetrics(text):
        name = family.name + "_total" * (family.type == "counter")
        types = protobuf.messages().MetricType
        assert families[name].type == types.Value(TYPES[family.type]), name
        assert families[name].help == family.documentation, name
        for sample in family.samples:
            expected[series(sample.name, sample.labels)] = sample.value
    found = {}
    for family in families.values():
        for key, value in samples_of(family):
            assert key not in found, f"twice: {key}"
            found[key] = value
        for metric in family.metric:
            if metric.HasField("histogram"):
                check_native(metric.histogram)
    assert found.keys() == expected.keys(), sorted(found.keys() ^ expected.keys())
    for key, value in expected.items():
        assert found[key] == value, f"{key}: {found[key]}, in OpenMetrics {value}"


if __name__ == "__main__":
    main(*sys.argv[1:])
