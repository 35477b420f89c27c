"""Reads metrics in Prometheus' protobuf format with Google's own library."""

import functools
import importlib.util
import pathlib
import subprocess
import tempfile

ACCEPT = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

_SPEC = pathlib.Path(__file__).with_name("metrics.proto")


@functools.cache
def messages():
    """The module with the classes of metrics.proto."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["protoc", f"--proto_path={_SPEC.parent}", f"--python_out={scratch}", str(_SPEC)]
        subprocess.run(command, check=True)
        spec = importlib.util.spec_from_file_location("metrics_pb2", f"{scratch}/metrics_pb2.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def _varint(body, at):
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def families(body):
    """The families of a body, by name. Every byte of it must be known."""
    found, at = {}, 0
    while at < len(body):
        length, at = _varint(body, at)
        assert at + length <= len(body), "a family ends after the body"
        family = messages().MetricFamily.FromString(body[at : at + length])
        at += length
        assert family.name not in found, f"twice: {family.name}"
        assert family.metric, f"without series: {family.name}"
        without_unknown = messages().MetricFamily.FromString(family.SerializeToString())
        without_unknown.DiscardUnknownFields()
        assert without_unknown.ByteSize() == length, f"not as metrics.proto has it: {family.name}"
        found[family.name] = family
    return found


def labels(metric):
    return {pair.name: pair.value for pair in metric.label}


def native(histogram):
    """{index: count} of the exponential buckets, which must be like those of schema 3."""
    assert histogram.schema == 3
    assert histogram.zero_threshold == 2.0**-128
    counts, index, count = {}, 0, 0
    deltas = list(histogram.positive_delta)
    for number, span in enumerate(histogram.positive_span):
        assert span.length > 0
        assert number == 0 or span.offset > 0, "two spans could be one"
        index += span.offset
        for _ in range(span.length):
            count += deltas.pop(0)
            assert count > 0, "an empty bucket"
            counts[index] = count
            index += 1
    assert not deltas, "more buckets than the spans have"
    assert histogram.zero_count + sum(counts.values()) == histogram.sample_count
    return counts


def index_of(value):
    """The bucket of a whole number: the least i with value <= 2^(i/8), exactly."""
    return (value**8 - 1).bit_length()
