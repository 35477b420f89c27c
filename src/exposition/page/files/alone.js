// What each of the tightest layers holds alone: a bar and its figure. The longest bar is that of the
// layer that frees most of those shown.

import { make, makeSvg, setAttribute, setChildren, setHidden, setText } from "./dom.js";
import { byteSize, visible } from "./format.js";
import { detailsAddress, fillLink } from "./lists.js";

// A bar of less could not be seen.
const LEAST_PERCENT = 0.5;

function emptyRow() {
  const bar = makeSvg("svg", {
    class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true",
  });
  const rect = (name) => makeSvg("rect", { class: name, x: 0, y: 2, width: 100, height: 6 });
  bar.append(rect("bar-all"), rect("bar-bytes"));
  return make("li", {}, make("span", {}), bar, make("span", { class: "amount" }));
}

function fillRow(row, root, { layer, exclusive_bytes: bytes }, most) {
  const [name, bar, amount] = row.children;
  fillLink(name, visible(layer), detailsAddress(root.root, { layer }));
  const percent = bytes === 0 ? 0 : Math.max(LEAST_PERCENT, (100 * bytes) / most);
  setAttribute(bar.lastElementChild, "width", percent.toFixed(1));
  setText(amount, byteSize(bytes));
  return row;
}

export class AloneBars {
  /// `box` is hidden where no removal frees anything.
  constructor(box) {
    this.box = box;
    this.list = box.querySelector("ol");
    this.rows = new Map();
  }

  update(root) {
    const layers = root.tightest_layers.filter(({ exclusive_bytes: bytes }) => bytes !== null);
    const most = Math.max(0, ...layers.map(({ exclusive_bytes: bytes }) => bytes));
    const rows = layers.map((layer) =>
      [layer.layer, fillRow(this.rows.get(layer.layer) ?? emptyRow(), root, layer, most)]);
    this.rows = new Map(rows);
    setChildren(this.list, [...this.rows.values()]);
    setHidden(this.box, most === 0);
  }
}
