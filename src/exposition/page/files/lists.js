// The lists of a root: limits, tightest layers, hottest files, images, layers being made or left over.

import { copyButton } from "./copy.js";
import { make, setAttribute, setText } from "./dom.js";
import {
  amount, capitalized, counted, orUnknown, shellQuoted, shortIds, thousands, visible,
} from "./format.js";
import { Table } from "./table.js";

/// What people call layers where no root says otherwise.
export const LAYERS = { one: "layer", many: "layers" };

/// Where the page shows what is known of a layer or an inode: {layer} or {inode}.
export function detailsAddress(root, what) {
  return `#explain?${new URLSearchParams({ root, ...what })}`;
}

export function fillLink(cell, text, address) {
  const link = cell.firstElementChild ?? make("a", { class: "name" });
  setText(link, shortIds(text));
  setAttribute(link, "title", text);
  setAttribute(link, "href", address);
  if (link.parentNode === null) {
    cell.append(link);
  }
}

export function imagesOf(layer) {
  if (layer.orphan) {
    return "orphan: no image holds it";
  }
  return layer.images.length === 0 ? "-" : layer.images.map(visible).join(", ");
}

const layerColumns = (root, { one, many }) => [
  { title: `${capitalized(many)} left`, number: true, text: (layer) => orUnknown(layer.extractions_remaining) },
  { title: "Links each", number: true, text: (layer) => orUnknown(layer.links_per_extraction) },
  { title: "Max links", number: true, text: (layer) => thousands(layer.max_links) },
  {
    title: capitalized(one),
    fill: (cell, layer) =>
      fillLink(cell, visible(layer.layer), detailsAddress(root.root, { layer: layer.layer })),
  },
  // Images hold Docker's layers, each of which is a head; of the others the next one builds on heads.
  root.layout === "docker-overlay" ? { title: "Images", text: imagesOf }
    : { title: "Head", text: (layer) => (layer.head ? "yes" : "no") },
];

function fillPath(cell, root, inode) {
  const path = inode.path ? visible(inode.path) : `inode ${inode.inode}, no path found`;
  cell.copied = inode.path ? `${root.path.replace(/\/$/, "")}/${inode.path}` : "";
  if (cell.firstElementChild === null) {
    const what = () => shellQuoted(cell.copied);
    cell.append(make("a", { class: "name" }), " ", ...copyButton("the path", what));
  }
  setText(cell.firstElementChild, shortIds(path));
  setAttribute(cell.firstElementChild, "title", path);
  setAttribute(cell.firstElementChild, "href", detailsAddress(root.root, { inode: inode.inode }));
  setAttribute(cell.querySelector("button"), "aria-label", `Copy the path ${shortIds(path)}`);
  cell.querySelector("button").hidden = cell.copied === "";
}

const layeredColumns = (root, { one, many }) => [
  {
    title: `Per ${one}`,
    number: true,
    text: ({ limit, per_extraction: each }) => (each === null ? "-" : amount(limit, each)),
  },
  {
    title: `${capitalized(many)} left`,
    number: true,
    text: ({ extractions_remaining: left }) => (left === null ? "-" : thousands(left)),
  },
  { title: "Ends first", text: ({ limit }) => (limit === root.first_limit ? "yes" : "") },
];

const limitColumns = (root, words, layered) => [
  { title: "Limit", text: ({ title }) => title },
  { title: "Used", number: true, text: ({ limit, used }) => amount(limit, used) },
  { title: "Of", number: true, text: (each) => amount(each.limit, each.of) },
  { title: "Left", number: true, text: ({ limit, remaining }) => amount(limit, remaining) },
  ...(layered ? layeredColumns(root, words) : []),
  { title: "Where", text: ({ path }) => visible(path ?? "") },
];

const seriesColumns = ({ many }) => [
  { title: `${capitalized(many)} left`, number: true, text: (each) => orUnknown(each.extractions_remaining) },
  { title: capitalized(many), number: true, text: (each) => thousands(each.snapshots) },
  { title: "Series", text: (each) => visible(each.series) },
  { title: "Head", text: (each) => (each.head === null ? "none is complete" : visible(each.head)) },
];

const inodeColumns = (root, { many }) => [
  { title: "Links", number: true, text: (inode) => thousands(inode.links) },
  { title: "Left", number: true, text: (inode) => orUnknown(inode.headroom_links) },
  { title: "Outside", number: true, text: (inode) => thousands(inode.links_outside_root) },
  { title: `In ${many}`, number: true, text: (inode) => thousands(inode.layers) },
  { title: "File", fill: (cell, inode) => fillPath(cell, root, inode) },
];

const imageColumns = [
  { title: "Links freed", number: true, text: (image) => thousands(image.links_freed) },
  { title: "Layers left", number: true, text: (image) => orUnknown(image.extractions_remaining) },
  { title: "Layers", number: true, text: (image) => thousands(image.layers) },
  { title: "Its own", number: true, text: (image) => thousands(image.own_layers) },
  { title: "Image", text: (image) => visible(image.image) },
];

const unfinishedColumns = [{ title: "Path", text: visible }];

const byLinksFreed = (a, b) => b.links_freed - a.links_freed;

function orphanSentence(root) {
  return root.orphan_layers
    ? `${counted(root.orphan_layers, "layer is an orphan", "layers are orphans")}: no image holds it.`
    : "";
}

const MOST_SERIES = 10;

/// The tightest of the series first, as tightestSeries() in phrases.cc.
function tightestSeries({ series }) {
  const left = (each) => each.extractions_remaining ?? Infinity;
  return series.toSorted((a, b) => (left(a) === left(b) ? 0 : left(a) - left(b)))
    .slice(0, MOST_SERIES);
}

function seriesSentence(root) {
  const all = root.series.length;
  const { rounds } = root.texts;
  return (all > MOST_SERIES ? `The ${MOST_SERIES} tightest, and ${thousands(all - MOST_SERIES)} more. ` : "") +
    (rounds === "" ? "" : `Room for ${rounds}; a round is one more ${root.words.one} of every series.`);
}

/// All lists of one root's section, in the words of its layout.
export class RootLists {
  constructor(section, root) {
    const at = (name) => section.querySelector(`[data-list="${name}"]`);
    this.root = { root: root.root, path: root.path, layout: root.layout };
    const { words } = root;
    this.limits = new Table(
      at("limits"), "Limits", limitColumns(this.root, words, root.layers > 0));
    this.series = new Table(at("series"), "Series", seriesColumns(words));
    this.layers = new Table(
      at("tightest_layers"), `Tightest ${words.many}`, layerColumns(this.root, words));
    this.inodes = new Table(
      at("hot_inodes"), "Hottest files", inodeColumns(this.root, words));
    this.images = new Table(at("images"), "Images by links freed", imageColumns);
    this.unfinished = new Table(
      at("unfinished_layers"), "Layers being made, or left over", unfinishedColumns);
  }

  update(root) {
    Object.assign(this.root, { root: root.root, path: root.path, first_limit: root.first_limit });
    this.limits.update(root.limits, ({ limit }) => limit);
    this.series.update(tightestSeries(root), (each) => each.series, seriesSentence(root));
    this.layers.update(root.tightest_layers, (layer) => layer.layer, orphanSentence(root));
    this.inodes.update(root.hot_inodes, (inode) => inode.inode);
    this.images.update(root.images.toSorted(byLinksFreed), (image) => image.image,
      "Links of the binding file that removing the image frees, with all its tags.");
    this.unfinished.update(root.unfinished_layers, (path) => path,
      "Their links count, but they are no layers yet.");
  }
}

/// Tables of the same kinds for the details of a layer or an inode.
export class DetailsLists {
  constructor(holder) {
    this.root = { root: "", path: "", words: LAYERS };
    this.places = [0, 1, 2].map(() => holder.appendChild(make("div")));
    this.#make();
  }

  #make() {
    const { words } = this.root;
    const [layers, inodes, images] = this.places;
    this.layers = new Table(
      layers, `Binds these ${words.many}`, layerColumns(this.root, words));
    this.inodes = new Table(inodes, "Binding file", inodeColumns(this.root, words));
    this.images = new Table(images, "Images", imageColumns);
  }

  update(root, { layers = [], inodes = [], images = [] }) {
    const before = this.root.layout;
    Object.assign(this.root, root);
    if (before !== root.layout) {
      this.#make();
    }
    this.layers.update(layers, (layer) => layer.layer);
    this.inodes.update(inodes, (inode) => inode.inode);
    this.images.update(images, (image) => image.image);
  }
}
