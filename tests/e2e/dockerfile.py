"""Reads a Dockerfile into stages and steps. It supports only the instructions that ours uses."""

import dataclasses
import fnmatch
import json
import pathlib
import re
import shlex

_INSTRUCTIONS = {
    "ARG",
    "COPY",
    "ENTRYPOINT",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "RUN",
    "USER",
    "WORKDIR",
}


@dataclasses.dataclass
class Stage:
    """One FROM and the instructions after it; `steps` are pairs of instruction and text."""

    image: str
    name: str
    steps: list

    def all(self, instruction):
        return [text for each, text in self.steps if each == instruction]

    def only(self, instruction):
        (text,) = self.all(instruction)
        return text

    def labels(self):
        return dict(pair.split("=", 1) for pair in shlex.split(self.only("LABEL")))


@dataclasses.dataclass
class Copy:
    """A COPY: `stage` is that of --from, or None for files of the build context."""

    stage: str
    sources: list
    target: str


def steps(text):
    """The instructions of a Dockerfile, with their continued lines joined."""
    lines = [line for line in text.splitlines() if not re.match(r"\s*#", line)]
    joined = re.sub(r"\\\n", "", "\n".join(lines))
    for line in filter(str.strip, joined.splitlines()):
        instruction, _, rest = line.partition(" ")
        assert instruction in _INSTRUCTIONS, f"unknown instruction: {line}"
        assert rest.strip(), f"nothing after {instruction}"
        yield instruction, rest.strip()


def parse(text):
    """The stages. ARGs before the first FROM are inserted into the names of images."""
    stages, arguments = [], {}
    for instruction, rest in steps(text):
        if instruction == "FROM":
            image, *name = re.split(r"\s+AS\s+", rest)
            image = re.sub(r"\$\{(\w+)\}", lambda match: arguments[match.group(1)], image)
            stages.append(Stage(image, name[0] if name else "", []))
        elif stages:
            stages[-1].steps.append((instruction, rest))
        else:
            assert instruction == "ARG", f"{instruction} before FROM"
            key, _, default = rest.partition("=")
            arguments[key] = default
    return stages


def copied(text):
    words = shlex.split(text)
    stage = None
    if words[0].startswith("--"):
        option, _, stage = words.pop(0).partition("=")
        assert option == "--from", option
    *sources, target = words
    return Copy(stage, sources, target)


def command(text):
    """The words of an exec form, as ENTRYPOINT and HEALTHCHECK have."""
    words = json.loads(text)
    assert words and all(isinstance(word, str) for word in words)
    return words


def health_command(stage):
    options, _, words = stage.only("HEALTHCHECK").partition(" CMD ")
    for option in options.split():
        assert re.fullmatch(r"--(interval|timeout|start-period|retries)=\d+s?", option), option
    return command(words.strip())


def sent(ignore, path):
    """Whether a file is part of the build context. The last line of the .dockerignore that matches the file or a
    directory above it decides."""
    names = [str(path), *map(str, pathlib.PurePath(path).parents)]
    answer = True
    for line in filter(lambda line: line and not line.startswith("#"), ignore.splitlines()):
        pattern = line.lstrip("!")
        if any(fnmatch.fnmatchcase(name, pattern) for name in names):
            answer = line.startswith("!")
    return answer
