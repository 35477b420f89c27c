"""The status page on a narrow screen, in either colour scheme, by keyboard and with a screen reader."""

import pytest

from status_page import every_state_daemon, one_browser, open_page, opened  # noqa: F401  (fixtures)

# Pairs of texts that overlap, and texts outside the window.
LAYOUT_FAULTS = """
const texts = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const parent = node.parentElement;
  if (node.data.trim() === "" || !parent.checkVisibility() ||
      parent.closest(".unseen, .skip, thead, title, noscript")) {
    continue;
  }
  const range = document.createRange();
  range.selectNodeContents(node);
  for (const box of range.getClientRects()) {
    texts.push({node, box, words: node.data.trim().slice(0, 40)});
  }
}
const faults = [];
for (const [index, {node, box, words}] of texts.entries()) {
  if (box.left < -0.5 || box.right > innerWidth + 0.5) {
    faults.push(`outside: ${words}`);
  }
  for (const other of texts.slice(index + 1)) {
    const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
    const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
    // Line boxes of neighbouring lines touch.
    if (node !== other.node && across > 1 && down > 4) {
      faults.push(`${words} | ${other.words}`);
    }
  }
}
if (document.documentElement.scrollWidth > innerWidth) {
  faults.push(`scrolls sideways: ${document.documentElement.scrollWidth}`);
}
return [texts.length, faults];
"""


@pytest.mark.parametrize("width", [360, 768, 1200])
def test_nothing_overlaps_or_sticks_out(chromium, daemon, width):
    open_page(chromium, daemon, width=width)
    chromium.run("for (const each of document.querySelectorAll('details')) each.open = true")
    chromium.eventually(
        f"return innerWidth === {width} && [...document.querySelectorAll('svg.histogram')]"
        ".filter((svg) => svg.checkVisibility()).every((svg) => "
        "svg.viewBox.baseVal.width === Math.max(240, Math.floor(svg.parentNode.clientWidth)))",
        "the histograms drawn at this width")
    texts, faults = chromium.run(LAYOUT_FAULTS)
    assert texts > 100
    assert faults == []


# [contrast ratio, text] of every text on its background, by WCAG 2.1.
CONTRASTS = """
const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const rgba = (color) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const luminance = (color) => {
  const [r, g, b] = rgba(color).slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const color = getComputedStyle(each).backgroundColor;
    if (rgba(color)[3] === 255) {
      return color;
    }
  }
  return "white";
};
const found = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (own && element.checkVisibility() && element.localName !== "title") {
    const style = getComputedStyle(element);
    const color = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [luminance(color), luminance(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([ratio, element.textContent.trim().slice(0, 40)]);
  }
}
return found;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_in_every_level(chromium, daemon, scheme):
    open_page(chromium, daemon, scheme=scheme)
    grounds = set()
    for level in ["ok", "low", "critical", "exhausted", "unknown"]:
        chromium.run(
            "for (const each of document.querySelectorAll('[data-level]')) "
            "each.dataset.level = arguments[0]",
            level,
        )
        grounds.add(chromium.run("return getComputedStyle(document.body).backgroundColor"))
        contrasts = chromium.run(CONTRASTS)
        assert len(contrasts) > 100
        assert [each for each in contrasts if each[0] < 4.5] == []
    assert len(grounds) == 1


def test_light_and_dark_are_what_the_reader_prefers(chromium, daemon):
    seen = []
    for scheme in ["light", "dark"]:
        open_page(chromium, daemon, scheme=scheme)
        color = chromium.run("return getComputedStyle(document.body).backgroundColor")
        seen.append(sum(int(part) for part in color[4:-1].split(",")))
    assert seen[0] > 600 and seen[1] < 150


def test_every_control_is_reached_by_keyboard_in_order_and_seen_to_be(page):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    controls = page.run("""
        window.controls = [...document.querySelectorAll("a[href], button, summary")]
          .filter((element) => element.checkVisibility());
        return window.controls.length;
    """)
    assert controls > 30
    for index in range(controls):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        focused, outline = page.run(
            "return [window.controls.indexOf(document.activeElement), "
            "getComputedStyle(document.activeElement).outlineStyle]")
        assert focused == index
        assert outline == "solid"
    page.run("document.querySelector('summary').focus()")
    ActionChains(page.driver).send_keys(Keys.ENTER).perform()
    assert page.run("return document.querySelector('details').open")


def test_a_screen_reader_finds_landmarks_names_and_headings(page):
    tree = page.command("Accessibility.getFullAXTree")["nodes"]
    roles = {}
    for node in tree:
        if not node["ignored"]:
            name = node.get("name", {}).get("value", "")
            roles.setdefault(node["role"]["value"], []).append(name)
    for landmark in ["banner", "navigation", "main", "contentinfo", "region"]:
        assert landmark in roles, sorted(roles)
    assert "Root docker" in roles["region"]
    assert all(roles["button"]) and all(roles["link"])
    pictures = [name for role in ["image", "img"] for name in roles.get(role, [])]
    assert pictures and all(pictures)
    assert any(name.startswith("Histogram of ") for name in pictures)
    assert "Tightest layers" in roles["heading"]
    assert page.run("return document.querySelector('[aria-live=polite]') !== null")
