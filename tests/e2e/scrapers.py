"""Many scrapers at once, and the threads and descriptors of a daemon at that time."""

import concurrent.futures
import os
import pathlib
import re
import threading

import exposition

SCRAPERS = 40


def status(daemon, field):
    text = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(rf"^{field}:\s+(\d+)", text, re.MULTILINE).group(1))


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def threads(daemon):
    return status(daemon, "Threads")


def is_up(samples):
    ups = [value for _, value in samples.all("hardlink_up")]
    return ups != [] and set(ups) == {1}


KINDS = [
    (accept, encoding, read)
    for accept, read in [
        ("application/openmetrics-text;version=1.0.0", exposition.openmetrics),
        ("text/plain;version=0.0.4", exposition.classic),
    ]
    for encoding in ["gzip", "identity"]
]


def scrape(daemon, number):
    """One scrape in one of the formats and encodings. Every sample is checked."""
    accept, encoding, read = KINDS[number % len(KINDS)]
    answer = daemon.get("/metrics", Accept=accept, Accept_Encoding=encoding)
    assert answer.status == 200, answer.body
    assert is_up(read(answer.content()))


def scrape_at_once(daemon, each):
    """Scrapes from many threads at once, `each` times in each thread."""
    together = threading.Barrier(SCRAPERS)

    def scraper(number):
        together.wait()
        for turn in range(each):
            scrape(daemon, number + turn)

    with concurrent.futures.ThreadPoolExecutor(SCRAPERS) as pool:
        for done in [pool.submit(scraper, number) for number in range(SCRAPERS)]:
            done.result()


def ended_censuses(daemon, root):
    return daemon.value("hardlink_censuses_total", root=root, result="success")
