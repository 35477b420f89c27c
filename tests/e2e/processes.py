"""Starts other programs so that none outlives the tests, and waits for them."""

import contextlib
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)

# Finds Debian's programs. Others of the same name may come earlier in the user's PATH.
DEBIAN_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def skip(reason):
    """Skips the test; with CI=true it fails the test, because nothing may be missing there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"would be skipped, but CI=true: {reason}")
    pytest.skip(reason)


def need_root():
    if os.geteuid() != 0:
        skip("needs root")


def program(name):
    """The path of a program that a Debian package has installed."""
    for directory in DEBIAN_PATH.split(":"):
        path = pathlib.Path(directory, name)
        if os.access(path, os.X_OK):
            return str(path)
    skip(f"{name} is not installed")


def environment():
    """A plain environment: Debian's programs, messages in English, no proxies. The variables for sanitizers are
    passed on."""
    sanitizers = {key: v for key, v in os.environ.items() if key.endswith("SAN_OPTIONS")}
    plain = {"PATH": DEBIAN_PATH, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
    return {**plain, **sanitizers}


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command, **options):
    """subprocess.Popen of a process that dies with the tests, even if they crash."""
    options.setdefault("env", environment())
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(command, preexec_fn=_die_with_parent, **options)


def run(command, *, check=True, timeout=120, **options):
    """Runs a program to its end and returns a CompletedProcess with its text output."""
    options.setdefault("env", environment())
    options.setdefault("encoding", "utf-8")
    options.setdefault("errors", "surrogateescape")
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=timeout,
        preexec_fn=_die_with_parent,
        **options,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


def terminate(process, seconds=30):
    """Ends a process by SIGTERM, or by SIGKILL if that does not help; returns its exit code."""
    process.terminate()
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def free_port():
    """A free TCP port of the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def eventually(question, what, seconds=60, pause=0.05):
    """Asks `question` until its answer is true and returns that. The deadline is for a program that never gets there;
    it is not a tested figure. `what()` describes the awaited event."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what()}")
        time.sleep(pause)


@contextlib.contextmanager
def again_and_again(action):
    """Calls `action` again and again in a thread while the context lasts."""
    over = threading.Event()

    def repeat():
        while not over.is_set():
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
