// Histograms of gauge buckets as SVG, each with a table of the same figures. Both axes are logarithmic;
// along x no bucket is narrower than a bar that can be seen, since those that count most, just below
// the limit, are the narrowest.

import { makeSvg } from "./dom.js";
import { counted, short, thousands } from "./format.js";
import { Table } from "./table.js";

const HEIGHT = 170;
const LEFT = 44;
const RIGHT = 10;
const TOP = 20;
const BOTTOM = 34;
// Of the axis that is shared by the logarithms of the buckets; the rest is shared equally.
const LOGARITHMIC_SHARE = 0.5;
const LABEL_GAP = 8;
const DIGIT_WIDTH = 7;
// Half a count: so that the bar of a single one has a height.
const BASELINE = Math.log10(0.5);

/// Buckets of their own instead of cumulative ones: {from, to, count}; `to` of the last is null.
function decumulated(buckets) {
  let from = 0;
  let before = 0;
  return buckets.map(({ le, count }) => {
    const to = typeof le === "number" ? le : null;
    const own = { from, to, count: count - before };
    from = to ?? from;
    before = count;
    return own;
  });
}

function rangeText({ from, to }) {
  if (to === null) {
    return `more than ${thousands(from)}`;
  }
  return to <= from + 1 ? thousands(to) : `${thousands(from + 1)} to ${thousands(to)}`;
}

function widths(buckets, width) {
  const logarithms = buckets.map(({ from, to }) =>
    to === null ? 0 : Math.log10(Math.max(to, 1) / Math.max(from, 0.5)));
  const sum = logarithms.reduce((total, each) => total + each, 0) || 1;
  const equal = (1 - LOGARITHMIC_SHARE) / buckets.length;
  return logarithms.map((each) => width * ((LOGARITHMIC_SHARE * each) / sum + equal));
}

function label(x, y, text, anchor = "middle") {
  return makeSvg("text", { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor }, text);
}

/// Where a count lies between the top of the plot and its bottom.
function heightScale(highest) {
  const top = Math.log10(Math.max(highest, 1)) - BASELINE;
  const room = HEIGHT - TOP - BOTTOM;
  return (count) => (count <= 0 ? 0 : (room * (Math.log10(count) - BASELINE)) / top);
}

function countAxis(highest, height, width) {
  const parts = [];
  const step = highest >= 1e5 ? 2 : 1;
  for (let power = 0; 10 ** power <= Math.max(highest, 1); power += step) {
    const y = HEIGHT - BOTTOM - height(10 ** power);
    parts.push(makeSvg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y, y2: y }));
    parts.push(label(LEFT - 6, y + 4, short(10 ** power), "end"));
  }
  return parts;
}

/// The bounds below the axis, as many as there is room for; the last one, the limit's, always.
function boundAxis(edges) {
  const shown = [];
  let taken = Infinity;
  for (const { x, bound } of edges.toReversed()) {
    const half = (short(bound).length * DIGIT_WIDTH) / 2;
    if (x + half <= taken) {
      shown.push(label(x, HEIGHT - BOTTOM + 15, short(bound)));
      taken = x - half - LABEL_GAP;
    }
  }
  return shown;
}

function bar(bucket, x, width, height, noun) {
  const gap = Math.min(1, width / 4);
  const rect = makeSvg("rect", {
    class: "bucket",
    x: (x + gap).toFixed(1),
    y: (HEIGHT - BOTTOM - height).toFixed(1),
    width: Math.max(1, width - 2 * gap).toFixed(1),
    height: height.toFixed(1),
  });
  const [one, many] = noun.counted;
  rect.append(makeSvg("title", {}, `${counted(bucket.count, one, many)} of ${rangeText(bucket)}`));
  return rect;
}

function axisTitle(width, noun) {
  return label((LEFT + width - RIGHT) / 2, HEIGHT - 3, `${noun.axis} (log scales)`);
}

function summary(buckets, noun) {
  const filled = buckets.filter(({ count }) => count > 0);
  if (filled.length === 0) {
    return `No ${noun.counted[1]}.`;
  }
  const last = filled[filled.length - 1];
  const sum = filled.reduce((total, { count }) => total + count, 0);
  const [one, many] = noun.counted;
  return `Histogram of ${counted(sum, one, many)} by ${noun.axis}; ` +
    `${counted(last.count, one, many)} in the highest bucket, ${rangeText(last)}.`;
}

/// The highest bucket that is not empty is the one that people look for: its count is written.
function peakLabel(peak, width) {
  if (peak === null) {
    return [];
  }
  const text = thousands(peak.count);
  const furthest = width - (text.length * DIGIT_WIDTH) / 2;
  return [label(Math.min(peak.x, furthest), peak.y - 5, text)];
}

function pieces(buckets, width, noun) {
  const highest = Math.max(...buckets.map(({ count }) => count), 1);
  const height = heightScale(highest);
  const parts = countAxis(highest, height, width);
  const edges = [];
  let peak = null;
  let x = LEFT;
  widths(buckets, width - LEFT - RIGHT).forEach((each, index) => {
    const bucket = buckets[index];
    const tall = height(bucket.count);
    parts.push(bar(bucket, x, each, tall, noun));
    if (bucket.count > 0) {
      peak = { x: x + each / 2, y: HEIGHT - BOTTOM - tall, count: bucket.count };
    }
    x += each;
    if (bucket.to !== null) {
      edges.push({ x, bound: bucket.to });
    }
  });
  return [...parts, ...peakLabel(peak, width), ...boundAxis(edges), axisTitle(width, noun)];
}

/// Draws cumulative buckets, as in the report, into `plot`: always the same SVG element, with what is
/// in it made anew where the figures or the width have changed. `noun` is {counted: [one, many],
/// axis}.
function drawHistogram(plot, buckets, noun) {
  const width = Math.max(240, Math.floor(plot.clientWidth));
  const key = JSON.stringify([width, buckets, noun]);
  if (plot.drawn === key || plot.clientWidth === 0) {
    return;
  }
  plot.drawn = key;
  const own = decumulated(buckets);
  let svg = plot.firstElementChild;
  if (svg === null) {
    svg = makeSvg("svg", { class: "histogram", role: "img" });
    plot.append(svg);
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.setAttribute("aria-label", summary(own, noun));
  svg.replaceChildren(...pieces(own, width, noun));
}

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
