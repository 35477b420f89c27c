// Tables whose rows stay the same elements from report to report. The roles are written out because
// on narrow screens the style sheet lays the rows out as cards, which takes the native ones away.

import { make, setChildren, setText } from "./dom.js";

/// A table with a heading in `holder`, which is left empty where there are no rows. Each of `columns`
/// is {title, number, text(row)} or {title, fill(cell, row)}; fill() is called again for the same row
/// with new figures.
export class Table {
  constructor(holder, title, columns) {
    this.holder = holder;
    this.columns = columns;
    this.rows = new Map();
    this.heading = make("h3");
    this.note = make("p", { class: "hint" });
    this.body = make("tbody", { role: "rowgroup" });
    const titles = columns.map((column) =>
      make("th", { scope: "col", role: "columnheader", class: column.number ? "number" : "" },
        column.title));
    const head = make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...titles));
    this.table = make("table", { class: "cards", role: "table" }, head, this.body);
    this.title = title;
  }

  /// Shows `rows`, each under the key that keyOf(row) gives, the first of those that are equal; with
  /// a sentence below the heading.
  update(rows, keyOf, sentence = "") {
    if (rows.length === 0) {
      this.holder.replaceChildren();
      return;
    }
    setText(this.heading, this.title);
    this.table.setAttribute("aria-label", this.title);
    setText(this.note, sentence);
    this.note.hidden = sentence === "";
    const kept = new Map();
    for (const row of rows) {
      const key = keyOf(row);
      if (!kept.has(key)) {
        kept.set(key, this.#fill(this.rows.get(key) ?? this.#emptyRow(), row));
      }
    }
    this.rows = kept;
    setChildren(this.body, [...kept.values()]);
    setChildren(this.holder, [this.heading, this.note, this.table]);
  }

  #emptyRow() {
    const cells = this.columns.map((column) =>
      make("td", {
        role: "cell",
        class: column.number ? "number" : "",
        "data-title": column.title,
      }));
    return make("tr", { role: "row" }, ...cells);
  }

  #fill(element, row) {
    this.columns.forEach((column, index) => {
      const cell = element.children[index];
      if (column.fill) {
        column.fill(cell, row);
      } else {
        setText(cell, column.text(row));
      }
    });
    return element;
  }
}
