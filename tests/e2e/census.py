"""Calculates the exporter's figures again from system calls, slowly and in the plainest way."""

import collections
import dataclasses
import os
import pathlib
import stat

BUCKETS = [1, 2, 10, 100, 200, 500, 1000, 5000]
BUCKETS += [10000, 20000, 30000, 40000, 50000, 60000, 64000, 65000]


@dataclasses.dataclass
class Layer:
    name: str
    links: dict  # inode -> st_nlink, of everything but directories
    regular: collections.Counter  # inode -> names in this layer, of regular files
    names: int

    def margins(self, limit):
        """{inode: further layers that fit} over the regular files."""
        return {
            inode: max(0, (limit - self.links[inode]) // count)
            for inode, count in self.regular.items()
        }

    def extractions_remaining(self, limit):
        return min(self.margins(limit).values(), default=None)

    def links_per_extraction(self, limit):
        """The possible values: if two inodes have the same margin, the exporter may call either one binding."""
        margins = self.margins(limit)
        tightest = min(margins.values())
        return {self.regular[inode] for inode, margin in margins.items() if margin == tightest}


@dataclasses.dataclass
class Root:
    links: dict  # inode -> st_nlink, of everything but directories
    names: collections.Counter  # inode -> names below the root
    directories: int
    layers: list

    @property
    def max_links(self):
        return max(self.links.values(), default=0)

    @property
    def multilink_inodes(self):
        return sum(links > 1 for links in self.links.values())

    def extractions_remaining(self, limit):
        margins = [layer.extractions_remaining(limit) for layer in self.layers]
        return min((margin for margin in margins if margin is not None), default=None)

    def layer(self, name):
        (layer,) = [layer for layer in self.layers if layer.name == name]
        return layer

    def inode_links(self, buckets=None):
        return histogram(self.links.values(), buckets)

    def layer_links(self, buckets=None):
        most = (max(layer.regular.values(), default=0) for layer in self.layers)
        return histogram(most, buckets)


def histogram(values, buckets=None):
    """Cumulative counts as in the JSON."""
    values = list(values)
    counts = [
        {"le": bound, "count": sum(value <= bound for value in values)}
        for bound in buckets or BUCKETS
    ]
    return counts + [{"le": "+Inf", "count": len(values)}]


def _entries(top):
    """Every (is_directory, lstat) below `top`, on the filesystem of `top` only."""
    device = os.lstat(top).st_dev
    for directory, directories, files in os.walk(os.fsencode(top)):
        inside = []
        for name in directories + files:
            status = os.lstat(os.path.join(directory, name))
            if stat.S_ISDIR(status.st_mode):
                if status.st_dev != device:
                    continue
                inside.append(name)
            yield stat.S_ISDIR(status.st_mode), status
        directories[:] = inside


def _layer(name, top):
    links, regular, names = {}, collections.Counter(), 0
    for is_directory, status in _entries(top):
        if is_directory:
            continue
        names += 1
        links[status.st_ino] = status.st_nlink
        if stat.S_ISREG(status.st_mode):
            regular[status.st_ino] += 1
    return Layer(name, links, regular, names)


def docker_layers(top):
    """{name: directory} for Docker's overlay driver."""
    return {path.parent.name: path for path in pathlib.Path(top).glob("*/root")}


def snapshots(top):
    return {path.name: path for path in pathlib.Path(top).iterdir() if path.is_dir()}


def count(top, layers):
    """Walks `top`; `layers` is {name: directory}."""
    links, names, directories = {}, collections.Counter(), 0
    for is_directory, status in _entries(top):
        if is_directory:
            directories += 1
        else:
            links[status.st_ino] = status.st_nlink
            names[status.st_ino] += 1
    return Root(links, names, directories, [_layer(name, path) for name, path in layers.items()])


def check(root, expected, limit):
    """Compares a root of the exporter's JSON with an independent count."""
    assert root["up"] is True
    assert root["complete"] is True
    assert root["filesystem"]["link_limit"] == limit
    figures = {
        "max_links": expected.max_links,
        "headroom_links": limit - expected.max_links,
        "extractions_remaining": expected.extractions_remaining(limit),
        "layers": len(expected.layers),
        "inodes": len(expected.links),
        "multilink_inodes": expected.multilink_inodes,
        "names": expected.names.total(),
        "directories": expected.directories,
    }
    assert {key: root[key] for key in figures} == figures
    assert root["histograms"]["inode_links"] == expected.inode_links()
    assert root["histograms"]["layer_links"] == expected.layer_links()
    _check_layers(root["tightest_layers"], expected, limit)
    _check_hot_inodes(root["hot_inodes"], expected)


def _check_layers(layers, expected, limit):
    everyone = sorted(
        margin
        for layer in expected.layers
        if (margin := layer.extractions_remaining(limit)) is not None
    )
    tightest = [layer["extractions_remaining"] for layer in layers]
    assert tightest == everyone[: len(tightest)], "not the tightest layers, tightest first"
    for layer in layers:
        own = expected.layer(layer["layer"])
        assert layer["extractions_remaining"] == own.extractions_remaining(limit)
        assert layer["links_per_extraction"] in own.links_per_extraction(limit)
        binding = layer["binding_inode"]
        assert own.margins(limit)[binding] == layer["extractions_remaining"]
        assert own.regular[binding] == layer["links_per_extraction"]
        assert layer["max_links"] == max(own.links.values())
        assert layer["inodes"] == len(own.links)
        assert layer["names"] == own.names


def _check_hot_inodes(inodes, expected):
    hottest = sorted(expected.links.values(), reverse=True)
    assert [inode["links"] for inode in inodes] == hottest[: len(inodes)]
    for inode in inodes:
        number = inode["inode"]
        assert inode["links"] == expected.links[number]
        assert inode["names_in_root"] == expected.names[number]
        assert inode["links_outside_root"] == expected.links[number] - expected.names[number]
        assert inode["layers"] == sum(number in layer.links for layer in expected.layers)
