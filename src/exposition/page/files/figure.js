// A histogram with what is beside it: the table that says the same without a picture.

import { thousands } from "./format.js";
import { decumulated, drawHistogram, rangeText } from "./histogram.js";
import { Table } from "./table.js";

export const INODES = { counted: ["inode", "inodes"], axis: "links per inode" };
export function layersNoun({ one, many }) {
  return { counted: [one, many], axis: `links per ${one}` };
}

/// One figure element of the page.
export class HistogramFigure {
  constructor(figure, noun) {
    this.figure = figure;
    this.buckets = [];
    this.plot = figure.querySelector(".plot");
    this.name(noun);
    // In a frame of its own: what is drawn may change the size that is being observed.
    new ResizeObserver(() => requestAnimationFrame(() => this.#draw())).observe(this.plot);
  }

  /// What is counted, from the next update() on.
  name(noun) {
    const count = { title: noun.counted[1], number: true, text: (row) => thousands(row.count) };
    const links = { title: noun.axis, text: rangeText };
    this.noun = noun;
    this.table = new Table(this.figure.querySelector(".table-alternative"), "", [links, count]);
  }

  update(buckets) {
    this.buckets = buckets;
    this.figure.hidden = buckets.length === 0 || buckets[buckets.length - 1].count === 0;
    this.table.update(decumulated(buckets), (row) => `${row.to}`);
    this.#draw();
  }

  #draw() {
    if (this.buckets.length > 0) {
      drawHistogram(this.plot, this.buckets, this.noun);
    }
  }
}
