// The table of all roots, the worst first, and the title and icon of the tab. The order and every word
// come from the report. As rowsHtml() and tabSlots() in status_page.cc.

import { setAttribute, setChildren, setHidden, setText } from "./dom.js";
import { duration, visible } from "./format.js";
import { summary } from "./root.js";

const NAME = "hardlink_exporter";

function figuresOf(root, now) {
  const { last_success: time } = root.census;
  return time === null ? "no figures" : `figures ${duration((now - Date.parse(time)) / 1000)} old`;
}

export class Overview {
  /// `parts` are the page's elements by name.
  constructor(parts) {
    this.parts = parts;
    this.reached = true;
    this.rows = new Map([...parts.rows.children].map((row) => [row.dataset.row, row]));
  }

  /// Shows the roots as they are `now`, in milliseconds of the daemon's clock.
  update(roots, now) {
    const sorted = roots.map((root) => ({ root, words: summary(root, now) }))
      .toSorted((a, b) => a.words.order - b.words.order);
    const rows = new Map(sorted.map(({ root, words }) => {
      const name = visible(root.root);
      return [name, this.#fill(this.rows.get(name) ?? this.#emptyRow(), root, words, now)];
    }));
    this.rows = rows;
    const focused = document.activeElement;
    setChildren(this.parts.rows, [...rows.values()]);
    if (focused !== document.activeElement && focused.isConnected) {
      focused.focus({ preventScroll: true });  // its row has moved
    }
    [this.worst] = sorted;
    this.showTab();
  }

  /// While the daemon does not answer, no level is certain.
  showTab() {
    if (!this.reached) {
      this.#setTab("unknown: no answer from the daemon – ", "icon-unknown");
    } else if (this.worst === undefined) {
      this.#setTab("", "icon");
    } else {
      const { root: { root: name }, words: { level, headline } } = this.worst;
      this.#setTab(`${level}: ${visible(name)}, ${headline} – `, `icon-${level}`);
    }
  }

  #setTab(title, icon) {
    setText(this.parts.title, title + NAME);
    const { icon: link } = this.parts;
    setAttribute(link, "href", link.getAttribute("href").replace(/[^/]*$/, `${icon}.svg`));
  }

  #emptyRow() {
    return this.parts.row_template.content.firstElementChild.cloneNode(true);
  }

  #fill(row, root, { level, state, headline }, now) {
    const name = visible(root.root);
    const cell = (of) => row.querySelector(`[data-cell=${of}]`);
    setAttribute(row, "data-row", name);
    setAttribute(row, "data-level", level);
    const texts = {
      level, state, headline, name, path: visible(root.path), ends_first: root.texts.ends_first,
      kind: visible(root.texts.kind), figures_of: figuresOf(root, now),
    };
    for (const [of, text] of Object.entries(texts)) {
      setText(cell(of), text);
    }
    setAttribute(cell("name"), "href", `#root-${name.replaceAll("%", "%25")}`);
    setHidden(cell("path"), root.path === root.root);
    return row;
  }
}
