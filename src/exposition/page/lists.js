// The lists of a root: tightest layers, hottest files, images, layers being made or left over.

import { copyButton } from "./copy.js";
import { make, setAttribute, setText } from "./dom.js";
import { counted, orUnknown, shellQuoted, shortIds, thousands, visible } from "./format.js";
import { Table } from "./table.js";

/// Where the page shows what is known of a layer or an inode: {layer} or {inode}.
export function detailsAddress(root, what) {
  return `#explain?${new URLSearchParams({ root, ...what })}`;
}

function fillLink(cell, text, address) {
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

const layerColumns = (root) => [
  { title: "Layers left", number: true, text: (layer) => orUnknown(layer.extractions_remaining) },
  { title: "Links each", number: true, text: (layer) => orUnknown(layer.links_per_extraction) },
  { title: "Max links", number: true, text: (layer) => thousands(layer.max_links) },
  {
    title: "Layer",
    fill: (cell, layer) =>
      fillLink(cell, visible(layer.layer), detailsAddress(root.root, { layer: layer.layer })),
  },
  { title: "Images", text: imagesOf },
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

const inodeColumns = (root) => [
  { title: "Links", number: true, text: (inode) => thousands(inode.links) },
  { title: "Left", number: true, text: (inode) => orUnknown(inode.headroom_links) },
  { title: "Outside", number: true, text: (inode) => thousands(inode.links_outside_root) },
  { title: "In layers", number: true, text: (inode) => thousands(inode.layers) },
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

/// All lists of one root's section.
export class RootLists {
  constructor(section, root) {
    const at = (name) => section.querySelector(`[data-list="${name}"]`);
    this.root = { root: root.root, path: root.path };
    this.layers = new Table(at("tightest_layers"), "Tightest layers", layerColumns(this.root));
    this.inodes = new Table(at("hot_inodes"), "Hottest files", inodeColumns(this.root));
    this.images = new Table(at("images"), "Images by links freed", imageColumns);
    this.unfinished = new Table(
      at("unfinished_layers"), "Layers being made, or left over", unfinishedColumns);
  }

  update(root) {
    Object.assign(this.root, { root: root.root, path: root.path });
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
    this.root = { root: "", path: "" };
    const place = () => holder.appendChild(make("div"));
    this.layers = new Table(place(), "Binds these layers", layerColumns(this.root));
    this.inodes = new Table(place(), "Binding file", inodeColumns(this.root));
    this.images = new Table(place(), "Images", imageColumns);
  }

  update(root, { layers = [], inodes = [], images = [] }) {
    Object.assign(this.root, root);
    this.layers.update(layers, (layer) => layer.layer);
    this.inodes.update(inodes, (inode) => inode.inode);
    this.images.update(images, (image) => image.image);
  }
}
