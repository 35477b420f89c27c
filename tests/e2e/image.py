"""Builds the image of the Dockerfile in bare Debian systems below directories. This needs neither a registry of images
nor a container engine."""

import contextlib
import os
import pathlib
import re
import shutil

import debroot
import dockerfile


class Image:
    """The result of the last stage: a system, the user, and the commands of the Dockerfile."""

    def __init__(self, root, stage):
        self.root = root
        self.user = stage.only("USER")
        self.entry_point = dockerfile.command(stage.only("ENTRYPOINT"))
        self.health = dockerfile.health_command(stage)
        self._stage = stage

    def command(self, user=None):
        """The command that starts a program in the image, by default as the image's user."""
        return ["chroot", f"--userspec={user or self.user}", "--groups=", str(self.root.path)]


@contextlib.contextmanager
def built(source):
    """The Dockerfile of the source tree, step by step; each stage starts from the same system."""
    text = (source / "Dockerfile").read_text(encoding="utf-8")
    stages = dockerfile.parse(text)
    with contextlib.ExitStack() as stack:
        base = stack.enter_context(debroot.bare())
        done = {}
        for stage in stages:
            root = stack.enter_context(debroot.copy(base))
            _prepare(root)
            _run_steps(stage, root, done, source)
            done[stage.name] = root
        yield Image(root, stages[-1])


def _prepare(root):
    """Sets up name resolution, as a container engine does, and keeps packages from starting services."""
    shutil.copy("/etc/resolv.conf", root.at("/etc/resolv.conf"))
    root.at("/usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    root.at("/usr/sbin/policy-rc.d").chmod(0o755)


def _run_steps(stage, root, done, source):
    directory = pathlib.PurePath("/")
    arguments = {}
    for instruction, text in stage.steps:
        if instruction == "WORKDIR":
            directory = directory / text
            root.at(str(directory)).mkdir(parents=True, exist_ok=True)
        elif instruction == "ARG":
            key, _, default = text.partition("=")
            arguments[key] = default
        elif instruction == "COPY":
            copy = dockerfile.copied(text)
            _copy(copy, done[copy.stage].path if copy.stage else source, root, directory)
        elif instruction == "RUN":
            _shell(text, root, directory, arguments)


def _copy(copy, origin, root, directory):
    target = root.at(str(directory / copy.target))
    into = copy.target.endswith("/") or len(copy.sources) > 1
    for name in copy.sources:
        start = origin / name.lstrip("/")
        if start.is_dir():
            # Of a directory, COPY takes the contents.
            shutil.copytree(start, target, dirs_exist_ok=True)
            continue
        path = target / start.name if into else target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(start, path)


def _shell(text, root, directory, arguments):
    # An image builder has the machine to itself, but these tests share it.
    parallel = {"CMAKE_BUILD_PARALLEL_LEVEL": os.environ.get("HARDLINK_JOBS", "2")}
    variables = [f"{key}={value}" for key, value in {**arguments, **parallel}.items()]
    script = f"cd {directory} && {re.sub(r'^ +', '', text)}"
    root.run("env", *variables, "/bin/sh", "-c", script, timeout=1800)
