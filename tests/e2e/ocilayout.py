"""Stores one image in every form: docker-save archives and OCI layouts, as tars and directories, with compressed
layers or compressed as a whole."""

import gzip
import hashlib
import json
import platform
import subprocess
import tarfile

import processes

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


def architecture():
    return _ARCHITECTURES.get(platform.machine(), platform.machine())


def _zstd(content):
    program = processes.program("zstd")
    return subprocess.run([program, "-q", "-c"], input=content, capture_output=True, check=True).stdout


COMPRESSIONS = {"": lambda content: content, "+gzip": gzip.compress, "+zstd": _zstd}


class Layout:
    """A directory that becomes an OCI layout."""

    def __init__(self, directory):
        self._directory = directory
        (directory / "blobs" / "sha256").mkdir(parents=True)
        (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, content, media_type, **more):
        digest = hashlib.sha256(content).hexdigest()
        (self._directory / "blobs" / "sha256" / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content), **more}

    def document(self, value, media_type, **more):
        return self.blob(json.dumps(value).encode(), media_type, **more)

    def image(self, config, layers, compression, **more):
        compress = COMPRESSIONS[compression]
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": self.blob(config, _CONFIG),
            "layers": [self.blob(compress(each.tar), _LAYER + compression) for each in layers],
        }
        return self.document(manifest, _MANIFEST, **more)

    def index(self, manifests):
        value = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": manifests}
        (self._directory / "index.json").write_text(json.dumps(value))

    def nested_index(self, manifests, **more):
        value = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": manifests}
        return self.document(value, _INDEX, **more)


def _config_of(archive):
    with tarfile.open(archive) as tar:
        (entry,) = json.loads(tar.extractfile("manifest.json").read())
        return tar.extractfile(entry["Config"]).read()


def _platform(name):
    return {"os": "linux", "architecture": name}


def _write(directory, config, layers, compression):
    """Puts the image into an index in the index, after an image for another machine."""
    layout = Layout(directory)
    foreign_config = json.dumps({**json.loads(config), "architecture": "vax"}).encode()
    foreign = layout.image(foreign_config, layers[:1], "", platform=_platform("vax"))
    here = layout.image(config, layers, compression, platform=_platform(architecture()))
    attestation = layout.image(
        foreign_config, [], "", platform={"os": "unknown", "architecture": "unknown"}
    )
    layout.index([layout.nested_index([foreign, attestation, here])])
    return directory


def _tar(directory, target):
    with tarfile.open(target, "w") as tar:
        tar.add(directory, ".")
    return target


def _unpacked(archive, directory):
    with tarfile.open(archive) as tar:
        tar.extractall(directory)
    return directory


def all_ways(archive, layers, scratch):
    """Stores `archive`, which is what `docker save` would write of `layers`, in every other form. Returns paths below
    `scratch`; the names of OCI layouts contain `oci`."""
    content, config = archive.read_bytes(), _config_of(archive)
    (scratch / "whole.tar.gz").write_bytes(gzip.compress(content))
    (scratch / "whole.tar.zst").write_bytes(_zstd(content))
    ways = [scratch / "whole.tar.gz", scratch / "whole.tar.zst"]
    ways.append(_unpacked(archive, scratch / "directory"))
    for compression in COMPRESSIONS:
        name = f"oci{compression or '+plain'}"
        ways.append(_write(scratch / name, config, layers, compression))
    ways.append(_tar(ways[-2], scratch / "oci.tar"))
    (scratch / "oci.tar.gz").write_bytes(gzip.compress(ways[-1].read_bytes()))
    return [*ways, scratch / "oci.tar.gz"]
