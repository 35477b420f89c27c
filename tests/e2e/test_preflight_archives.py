"""The archives that preflight reads: it accepts the same ends of tars as Docker and refuses files that are no image."""

import gzip
import io
import json
import os
import subprocess
import tarfile

import exporter
import images
import loopmount
import processes
from preflights import (  # noqa: F401  (fixtures)
    NAMES, check_against_docker, complaint, empty_docker, load, preflight, remove_all, running, the_image, yum_base,
)


def two_files():
    """A tar of two files of 700 bytes, without its end, and the offset at which the second file's content ends."""
    layer = images.Layer().file("a", b"x" * 700).file("b", b"y" * 700)
    return layer.built().tar[: 2 * (512 + 1024)], 512 + 1024 + 512 + 700


def endings():
    """{name: (bytes of a layer's tar as stored, decompressed)} for many ways to end a tar."""
    whole, content_end = two_files()
    zeros = bytes(512)
    plain = {
        "no-zeros": whole,
        "one-block-of-zeros": whole + zeros,
        "half-a-block-of-zeros": whole + zeros[:256],
        "no-padding": whole[:content_end],
        "part-of-the-padding": whole[: content_end + 100],
        "part-of-the-content": whole[: content_end - 1],
        "part-of-a-header": whole[: 512 + 1024 + 300],
        "something-behind": whole + 2 * zeros + b"anything",
        "something-without-zeros": whole + b"anything" * 100,
        "one-block-of-zeros-between": whole[: 512 + 1024] + zeros + whole[512 + 1024 :],
        "nothing": b"",
    }
    ways = {name: (tar, tar) for name, tar in plain.items()}
    for name in ("no-zeros", "no-padding", "part-of-the-content"):
        ways[f"gzip-{name}"] = (gzip.compress(plain[name]), plain[name])
    packed = gzip.compress(whole)
    ways["gzip-members"] = (gzip.compress(whole[:900]) + gzip.compress(whole[900:]), whole)
    ways["gzip-zeros-behind"] = (packed + zeros, whole)
    ways["gzip-something-behind"] = (packed + b"anything", whole)
    ways["gzip-cut"] = (packed[:-4], whole)
    return ways


def test_a_layers_tar_may_end_where_docker_accepts_it_and_no_sooner(docker, tmp_path):
    fits = {}
    for name, (stored, tar) in endings().items():
        layer = images.BuiltLayer(stored, images.of_bytes(tar).digest)
        archive = images.write(tmp_path / "image.tar", "ending:1", [layer])
        done = exporter.run("preflight", archive, docker.overlay)
        loaded = load(docker, archive, check=False)
        assert (done.returncode == 0) == (loaded.returncode == 0), (name, done, loaded.stderr)
        fits[name] = done.returncode == 0
        remove_all(docker)
    assert {name for name, fit in fits.items() if fit} == {
        "no-zeros", "one-block-of-zeros", "no-padding", "part-of-the-padding", "something-behind",
        "nothing", "gzip-no-zeros", "gzip-no-padding", "gzip-members",
    }


def test_an_archive_may_end_where_docker_accepts_it_and_no_sooner(docker, tmp_path):
    archive = images.write(tmp_path / "image.tar", "whole:1", images.thin("whole", 2))
    whole = archive.read_bytes()
    with tarfile.open(archive) as tar:
        last = tar.getmembers()[-1]
    content_end = last.offset_data + last.size
    for name, (content, fits) in {
        "no-padding": (whole[:content_end], True),
        "part-of-the-content": (whole[: content_end - 1], False),
        "gzip-no-padding": (gzip.compress(whole[:content_end]), True),
        "gzip-part-of-the-content": (gzip.compress(whole[: content_end - 1]), False),
        "gzip-zeros-behind": (gzip.compress(whole) + bytes(512), False),
    }.items():
        archive.write_bytes(content)
        done = exporter.run("preflight", archive, docker.overlay)
        assert (done.returncode == 0) == fits, (name, done)
        assert (load(docker, archive, check=False).returncode == 0) == fits, name
        remove_all(docker)


def umoci_image(directory):
    """An OCI layout with a layer by umoci, which is a compressed tar without the padding of its last file. Returns the
    layout and the layer."""
    umoci = processes.program("umoci")
    (directory / "motd").write_text("hello\n")
    layout = directory / "oci"
    processes.run([umoci, "init", "--layout", layout])
    processes.run([umoci, "new", "--image", f"{layout}:tag"])
    processes.run([umoci, "insert", "--image", f"{layout}:tag", directory / "motd", "/etc/motd"])

    def blob(digest):
        return layout / "blobs" / digest.replace(":", "/")

    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(blob(index["manifests"][0]["digest"]).read_text())
    (layer,) = manifest["layers"]
    return layout, blob(layer["digest"])


def test_a_layer_that_umoci_has_inserted_fits(docker, tmp_path):
    layout, stored = umoci_image(tmp_path)
    tar = gzip.decompress(stored.read_bytes())
    assert len(tar) % 512 != 0
    answer = preflight(layout, docker.overlay)
    assert (answer["format"], answer["fits"]) == ("oci-layout", True)
    # Docker 20.10 cannot load a layout, but it loads the same layer in a docker-save archive.
    layer = images.BuiltLayer(stored.read_bytes(), images.of_bytes(tar).digest)
    answer = check_against_docker(
        docker, images.write(tmp_path / "image.tar", "umoci:1", [layer])
    )
    assert answer["fits"]
    docker.remove("umoci:1")
    stored.write_bytes(gzip.compress(tar[:-1]))
    assert "truncated tar archive" in complaint(layout, docker.overlay)


def test_on_an_empty_host_an_image_fits_unless_it_exhausts_a_file_itself(tree):
    (tree / "overlay").mkdir()
    (tree / "image" / "overlay" / "layerdb").mkdir(parents=True)
    archive = images.write(tree / "image.tar", "a:1", [yum_base(), *images.thin("a", 3)])
    image = the_image(preflight(archive, tree / "overlay", "--link-limit=65000"))
    assert (image["present_layers"], image["new_layers"], image["failure"]) == (0, 4, None)
    image = the_image(preflight(archive, tree, f"--link-limit={3 * NAMES + 196}"))
    assert (image["fitting_layers"], image["failure"]["links_left"]) == (3, 196)


def test_a_file_that_is_no_image_is_refused(tree):
    (tree / "overlay").mkdir()
    (tree / "image" / "overlay" / "layerdb").mkdir(parents=True)
    good = images.write(tree / "good.tar", "a:1", [yum_base(), *images.thin("a", 3)])
    content = good.read_bytes()
    (tree / "text").write_text("this is not a tar")
    (tree / "truncated.tar").write_bytes(content[: len(content) // 2])
    (tree / "truncated.tar.gz").write_bytes(gzip.compress(content)[:-4000])
    with tarfile.open(tree / "rootfs.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("etc/passwd"))
    limit = "--link-limit=65000"
    for name, said in {
        "missing.tar": "No such file or directory",
        "text": "not a tar archive",
        "truncated.tar": "runcated",
        "truncated.tar.gz": "runcated",
        "rootfs.tar": "neither a docker-save archive",
        "overlay": "neither a docker-save archive",
    }.items():
        assert said in complaint(limit, tree / name, tree)
    assert "neither a file nor a directory" in complaint(limit, "/dev/null", tree)
    assert "2 diff_ids" in complaint(limit, damaged(good, tree, drop_diff_ids=2), tree)
    assert "missing in the image" in complaint(limit, damaged(good, tree, drop_layer=True), tree)


def damaged(archive, tree, drop_diff_ids=0, drop_layer=False):
    """A copy of an archive with something left out."""
    target = tree / "damaged.tar"
    with tarfile.open(archive) as source, tarfile.open(target, "w") as copy:
        for entry in source:
            content = source.extractfile(entry).read()
            if drop_layer and entry.name.endswith("layer.tar"):
                drop_layer = False
                continue
            if drop_diff_ids and entry.name.endswith(".json") and entry.name != "manifest.json":
                config = json.loads(content)
                del config["rootfs"]["diff_ids"][drop_diff_ids:]
                content = json.dumps(config).encode()
                entry.size = len(content)
            copy.addfile(entry, io.BytesIO(content))
    return target


def piped(content, where, *flags, **environment):
    """A preflight that reads these bytes from a pipe."""
    command = [exporter.binary(), "preflight", "--format=json", *flags, "-", where]
    return subprocess.run(
        command, input=content, capture_output=True, env={**os.environ, **environment}, check=False
    )


def without_room(answer):
    """The part of an answer that does not depend on what others write to the disk meanwhile."""
    image = {key: value for key, value in the_image(answer).items() if not key.endswith("_left")}
    return answer["format"], answer["verdict"], image


def test_standard_input_gives_the_answer_of_the_file(tree):
    (tree / "overlay").mkdir()
    (tree / "image" / "overlay" / "layerdb").mkdir(parents=True)
    (tree / "tmp").mkdir()
    archive = images.write(tree / "image.tar", "a:1", [yum_base(), *images.thin("a", 3)])
    content, limit = archive.read_bytes(), "--link-limit=1000"
    expected = without_room(preflight(archive, tree, limit))
    for stored in (content, gzip.compress(content)):
        done = piped(stored, tree, limit, TMPDIR=str(tree / "tmp"))
        assert done.returncode == 0, done.stderr
        assert without_room(json.loads(done.stdout)) == expected
    assert not list((tree / "tmp").iterdir())
    # A file is read in place, from where the program before has left it.
    (tree / "behind").write_bytes(b"x" * 100 + content)
    with open(tree / "behind", "rb") as file:
        os.lseek(file.fileno(), 100, os.SEEK_SET)
        done = subprocess.run(
            [exporter.binary(), "preflight", "--format=json", limit, "-", tree],
            stdin=file, capture_output=True, env={**os.environ, "TMPDIR": "/nowhere"}, check=False,
        )
    assert done.returncode == 0, done.stderr
    assert without_room(json.loads(done.stdout)) == expected


def test_standard_input_that_is_no_whole_image_is_refused(tree):
    (tree / "overlay").mkdir()
    (tree / "image" / "overlay" / "layerdb").mkdir(parents=True)
    content = images.write(tree / "image.tar", "a:1", [yum_base()]).read_bytes()
    for said, stored, temporary in [
        (b"image on standard input: it is empty", b"", tree),
        (b"image on standard input: it is truncated", content[: len(content) // 2], tree),
        (b"create a file in /nowhere: No such file or directory", content, "/nowhere"),
    ]:
        done = piped(stored, tree, TMPDIR=str(temporary))
        assert (done.returncode, done.stdout) == (3, b"")
        assert said in done.stderr
    with loopmount.mounted(["-t", "tmpfs", "-o", "size=64k", "tmpfs"], tree / "overlay"):
        done = piped(content, tree, TMPDIR=str(tree / "overlay"))
    assert done.returncode == 3
    assert b"No space left on device" in done.stderr and b"TMPDIR names another" in done.stderr


def test_an_uncertain_answer_says_why_and_promises_nothing(tree):
    archive = images.write(tree / "image.tar", "a:1", [yum_base()])
    (tree / "data" / "pictures").mkdir(parents=True)
    (tree / "data" / "pictures" / "cat").touch()
    assert "neither Docker's data root" in complaint(archive, tree / "data")
    assert "No such file" in complaint(archive, tree / "nowhere", code=2)
    # There are layers, but their kind is uncertain.
    (tree / "overlay" / "0a1b" / "root").mkdir(parents=True)
    assert "which says which layers are there" in complaint(archive, tree / "overlay")
