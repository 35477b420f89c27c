"""Writes `docker save` archives, which `docker load` extracts layer by layer."""

import dataclasses
import hashlib
import io
import json
import tarfile


class Layer:
    """Builds the tar of one layer from the files that it adds."""

    def __init__(self):
        self._buffer = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._buffer, mode="w")

    def file(self, path, content=b""):
        entry = tarfile.TarInfo(path)
        entry.size = len(content)
        entry.mode = 0o644
        self._tar.addfile(entry, io.BytesIO(content))
        return self

    def link(self, path, target):
        """Adds one more name of `target`, a file of this layer or of a layer below."""
        entry = tarfile.TarInfo(path)
        entry.type = tarfile.LNKTYPE
        entry.linkname = target
        entry.mode = 0o644
        self._tar.addfile(entry)
        return self

    def symlink(self, path, target):
        return self._special(path, tarfile.SYMTYPE, target)

    def fifo(self, path):
        return self._special(path, tarfile.FIFOTYPE)

    def _special(self, path, kind, target=""):
        entry = tarfile.TarInfo(path)
        entry.type = kind
        entry.linkname = target
        entry.mode = 0o644
        self._tar.addfile(entry)
        return self

    def hard_linked(self, directory, names):
        """Adds one inode with this many names in `directory`, like yum's yumdb."""
        first = f"{directory}/000000"
        self.file(first, b"sha256")
        return self.more_links(directory, first, range(1, names))

    def more_links(self, directory, target, numbers):
        for number in numbers:
            self.link(f"{directory}/{number:06}", target)
        return self

    def removal(self, path):
        """Removes a path of a layer below, with a whiteout."""
        directory, _, name = path.rpartition("/")
        return self.file(f"{directory}/.wh.{name}" if directory else f".wh.{name}")

    def built(self):
        self._tar.close()
        return of_bytes(self._buffer.getvalue())


@dataclasses.dataclass(frozen=True)
class BuiltLayer:
    tar: bytes
    digest: str


def of_bytes(tar):
    return BuiltLayer(tar, hashlib.sha256(tar).hexdigest())


def thin(label, count):
    """`count` layers that add one tiny file each; no two labels give the same layer."""
    return [Layer().file(f"{label}-{n}", f"{label} {n}".encode()).built() for n in range(count)]


def _config(layers):
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{each.digest}" for each in layers]},
        "history": [{"created_by": f"layer {n}"} for n in range(len(layers))],
    }
    return json.dumps(config).encode()


def write(path, tag, layers):
    """Writes the archive of one image."""
    return write_all(path, {tag: layers})


def write_all(path, layers_by_tag):
    """Writes one archive of several images, which Docker loads in this order."""
    files, manifest = {}, []
    for tag, layers in layers_by_tag.items():
        config = _config(layers)
        config_name = f"{hashlib.sha256(config).hexdigest()}.json"
        own = {f"{each.digest}/layer.tar": each.tar for each in layers}
        manifest.append({"Config": config_name, "RepoTags": [tag], "Layers": list(own)})
        files |= {**own, config_name: config}
    files["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path
