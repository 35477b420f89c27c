"""Strict parsers of the metrics: a violation of the format fails the test."""

import math
import re

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (\S+)")
_META = re.compile(rf"# (HELP|TYPE|UNIT) ({_NAME})(?: (.*))?")
_ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n"}
_NUMBER = re.compile(r"[+-]?(?:Inf|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|NaN")

# Suffixes that the samples of a family may have, by type, in OpenMetrics.
_OPENMETRICS_SUFFIXES = {
    "gauge": {""},
    "counter": {"_total", "_created"},
    "gaugehistogram": {"_bucket", "_gcount", "_gsum"},
}


class Samples:
    """The samples of one scrape, with the type of each family."""

    def __init__(self):
        self.types = {}
        self.helps = {}
        self._values = {}

    def add(self, name, labels, value):
        key = (name, tuple(sorted(labels.items())))
        assert key not in self._values, f"{key} is there twice"
        self._values[key] = value

    def all(self, name, **labels):
        """(labels, value) of every sample of this name that has these labels among its own."""
        return [
            (dict(own), value)
            for (sample, own), value in self._values.items()
            if sample == name and labels.items() <= dict(own).items()
        ]

    def get(self, name, **labels):
        """The value of the only sample with this name and these labels; None if there is none."""
        found = self.all(name, **labels)
        assert len(found) <= 1, f"{name}{labels} is ambiguous: {found}"
        return found[0][1] if found else None

    def value(self, name, **labels):
        value = self.get(name, **labels)
        assert value is not None, f"no sample {name}{labels}"
        return value

    def labels(self, name, label):
        """The values of one label over the samples of this name."""
        return [own[label] for own, _ in self.all(name)]

    def names(self):
        return {name for name, _ in self._values}

    def without_clock(self):
        """All samples but those that change from scrape to scrape without a new census."""
        moving = re.compile(r"process_.*|.*_timestamp_seconds|.*_duration_seconds|.*_in_progress")
        return {key: value for key, value in self._values.items() if not moving.fullmatch(key[0])}


def _number(text):
    assert _NUMBER.fullmatch(text), f"{text!r} is no number"
    return float(text.replace("Inf", "inf").replace("NaN", "nan"))


def _labels(text):
    labels, position = {}, 0
    while position < len(text):
        match = _LABEL.match(text, position)
        assert match, f"bad labels at {text[position:]!r}"
        name, value = match.groups()
        assert name not in labels, f"label {name} twice in {text!r}"
        labels[name] = re.sub(r'\\["\\n]', lambda escape: _ESCAPES[escape.group()], value)
        position = match.end()
        if position < len(text):
            assert text[position] == ",", f"bad labels at {text[position:]!r}"
            position += 1
    return labels


def _sample(line):
    match = _SAMPLE.fullmatch(line)
    assert match, f"bad sample (or a timestamp, which has no business here): {line!r}"
    name, labels, value = match.groups()
    return name, _labels(labels or ""), _number(value)


def _parse(lines, owner):
    """Reads HELP, TYPE and samples; `owner(samples, name)` is the family a sample belongs to."""
    samples, family, closed = Samples(), None, set()
    for line in lines:
        meta = _META.fullmatch(line)
        if meta:
            keyword, name, text = meta.groups()
        else:
            sample, labels, value = _sample(line)
            name = owner(samples, sample)
            samples.add(sample, labels, value)
        if name != family:
            assert name not in closed, f"the family {name} is in two places"
            closed.add(family)
            family = name
        if meta and keyword == "TYPE":
            assert name not in samples.types, f"two TYPE lines for {name}"
            samples.types[name] = text
        elif meta and keyword == "HELP":
            assert name not in samples.helps, f"two HELP lines for {name}"
            samples.helps[name] = text
    for name in samples.types:
        assert samples.helps.get(name), f"{name} has no HELP"
    return samples


def classic(body):
    """Samples from the bytes of the text format 0.0.4."""
    text = body.decode("utf-8")
    assert text.endswith("\n"), "the last line has no newline"

    def owner(samples, name):
        assert name in samples.types, f"{name} has no TYPE before it"
        return name

    samples = _parse(text[:-1].split("\n"), owner)
    assert set(samples.types.values()) <= {"gauge", "counter"}, samples.types
    return samples


def openmetrics(body):
    """Samples from the bytes of OpenMetrics text 1.0.0."""
    text = body.decode("utf-8")
    assert text.endswith("\n# EOF\n"), "not closed by # EOF"

    def owner(samples, name):
        for family, kind in samples.types.items():
            if name.startswith(family) and name[len(family):] in _OPENMETRICS_SUFFIXES[kind]:
                return family
        raise AssertionError(f"{name} belongs to no family before it")

    samples = _parse(text.removesuffix("\n# EOF\n").split("\n"), owner)
    assert set(samples.types.values()) <= set(_OPENMETRICS_SUFFIXES), samples.types
    for family, kind in samples.types.items():
        if kind == "gaugehistogram":
            _check_gauge_histograms(samples, family)
    return samples


def _check_gauge_histograms(samples, family):
    for labels, count in samples.all(f"{family}_gcount"):
        assert bucket_counts(samples, family, **labels)[math.inf] == count
        assert samples.get(f"{family}_gsum", **labels) is not None


def bucket_counts(samples, family, **labels):
    """{bound: cumulative count} of one histogram. Checks that the bounds are canonical and ascend to +Inf and that
    the counts never decrease."""
    counts = {}
    for own, count in samples.all(f"{family}_bucket", **labels):
        bound = _number(own["le"])
        assert own["le"] == ("+Inf" if math.isinf(bound) else repr(bound)), own["le"]
        counts[bound] = count
    assert list(counts) == sorted(counts), f"{family}: bounds out of order"
    assert list(counts.values()) == sorted(counts.values()), f"{family}: not cumulative"
    assert math.inf in counts, f"{family} has no +Inf"
    return counts
