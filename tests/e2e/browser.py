"""A real Chromium without a window, on a profile of its own."""

import contextlib
import json
import pathlib
import tempfile

import processes

# They turn off the requests that Chromium makes by itself.
_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
]

# Runs before any script of the page and records each violation of the page's policy and each error.
_RECORDER = """
window.violations = [];
window.failures = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
window.addEventListener("error", (event) => window.failures.push(String(event.message)));
window.addEventListener("unhandledrejection", (event) => window.failures.push(String(event.reason)));
"""


class Browser:
    """One window. Sizes are in CSS pixels."""

    def __init__(self, driver):
        self.driver = driver
        self.run = driver.execute_script
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _RECORDER})

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def size(self, width, height=900):
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )

    def scheme(self, name):
        """Sets the colour scheme that the system prefers: `light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": name},
                    {"name": "prefers-reduced-motion", "value": "reduce"}]
        self.command("Emulation.setEmulatedMedia", features=features)

    def offline(self, offline):
        self.command("Network.enable")
        self.command(
            "Network.emulateNetworkConditions",
            offline=offline, latency=0, downloadThroughput=-1, uploadThroughput=-1,
        )

    def eventually(self, script, what, seconds=60):
        """Runs `script` until it returns something true; returns that."""
        return processes.eventually(
            lambda: self.run(script), lambda: f"{what}\n{self.text()}", seconds
        )

    def text(self):
        return self.run("return document.body.innerText")

    def screenshot(self, path):
        """The whole page, however long it is."""
        height = self.run("return Math.ceil(document.documentElement.getBoundingClientRect().height)")
        width = self.run("return window.innerWidth")
        self.size(width, max(height, 200))
        self.driver.save_screenshot(str(path))


@contextlib.contextmanager
def chromium(*, javascript=True):
    """A Browser. Skips the test if Chromium is not installed."""
    binary, driver = processes.program("chromium"), processes.program("chromedriver")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.options import Options
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        processes.skip("python3-selenium is not installed")
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-browser-") as directory:
        options = Options()
        options.binary_location = binary
        for flag in [*_FLAGS, f"--user-data-dir={directory}/profile"]:
            options.add_argument(flag)
        options.add_experimental_option("excludeSwitches", ["enable-logging"])
        if not javascript:
            options.add_experimental_option(
                "prefs", {"profile.managed_default_content_settings.javascript": 2}
            )
        environment = {**processes.environment(), "HOME": directory}
        service = Service(
            driver, env=environment, service_args=[f"--log-path={directory}/chromedriver.log"]
        )
        try:
            running = webdriver.Chrome(service=service, options=options)
        except Exception as failure:
            log = pathlib.Path(f"{directory}/chromedriver.log")
            text = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise AssertionError(f"no browser: {failure}\n{text}") from failure
        try:
            yield Browser(running)
        finally:
            running.quit()


def quoted(text):
    """The JavaScript literal of a text."""
    return json.dumps(text)
