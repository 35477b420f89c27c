// The figures of a root as texts, the same as in status_page.cc, which writes them where there is no
// script; a test compares the two. The report itself has the words for them.

import { UNKNOWN, capitalized, counted, orUnknown, thousands, visible } from "./format.js";

const NO_LAYERS = "\u2013";

/// {state, level, headline, note} of a root at a time, in milliseconds of the daemon's clock.
export function summary(root, now) {
  return root.stale !== null && now >= Date.parse(root.stale.after) ? root.stale : root;
}

/// What people call the layers of a root: {one, many, Many}. As layerWords() in phrases.cc; a store
/// that is known to have none has no copies.
export function words({ layout, layers }) {
  const copies = layers === 0 ? undefined : ["copy", "copies"];
  const [one, many] = { snapshots: ["snapshot", "snapshots"], store: copies }[layout]
    ?? ["layer", "layers"];
  return { one, many, Many: capitalized(many) };
}

/// Titles that use those words.
export function titles(root) {
  const { one, Many } = words(root);
  return {
    layers_title: Many,
    left_title: `${Many} left`,
    links_title: `Links each further ${one} takes`,
    binding_title: `in the ${one}`,
    histogram_title: `${Many} by the links that one more takes of a single inode`,
  };
}

/// What kind of tree it is and why; nothing before the first census. As layoutText() in phrases.cc.
export function layout({ layout: name, tool, layout_reason: reason }) {
  const by = tool === null || tool === "none" ? "" : `, tool ${tool}`;
  return name === null ? "" : visible(name + by + (reason === null ? "" : `: ${reason}`));
}

/// `0 rounds of all 3 series`; nothing where that is not known, and with fewer than two series.
export function rounds({ rounds_remaining: rounds, series }) {
  return rounds === null || series.length < 2 ? ""
    : `${counted(rounds, "round", "rounds")} of all ${thousands(series.length)} series`;
}

export function layersLeft(root) {
  if (root.extractions_remaining !== null) {
    return thousands(root.extractions_remaining);
  }
  const unknown = root.layers === null || (root.filesystem.link_limit === null && root.layers > 0);
  return unknown ? UNKNOWN : NO_LAYERS;
}

export function headroom(root) {
  if (root.headroom_links === null || root.filesystem.link_limit === null) {
    return UNKNOWN;
  }
  return `${thousands(root.headroom_links)} of ` +
    `${counted(root.filesystem.link_limit, "link", "links")} left`;
}

/// How much of the limit is used up, in percent with a tenth; null where it is not known.
export function usedPercent(root) {
  const limit = root.filesystem.link_limit;
  return limit === null ? null : Math.min(limit === 0 ? 0 : (100 * root.max_links) / limit, 100)
    .toFixed(1);
}

export function limit({ filesystem }) {
  const on = filesystem.type ? ` on ${visible(filesystem.type)}` : "";
  if (filesystem.link_limit === null) {
    return UNKNOWN + on;
  }
  const guess = filesystem.link_limit_source === "pathconf" ? " (a guess)" : "";
  return `${counted(filesystem.link_limit, "link", "links")} per file${on}, from ` +
    `${filesystem.link_limit_source}${guess}`;
}

export function lastCensus(root) {
  if (root.census.last_success === null) {
    return "never";
  }
  const took = root.census.duration_seconds;
  return root.census.last_success +
    (took !== null && root.up ? `, took ${took.toFixed(2)} s` : "");
}

/// What binds the root: {layer, links, file}, texts all.
export function binding(root) {
  const layer = root.tightest_layers[0];
  if (root.extractions_remaining === null || layer === undefined || layer.binding_inode === null) {
    return { layer: "-", links: "-", file: "-" };
  }
  const inode = root.hot_inodes.find((each) => each.inode === layer.binding_inode);
  return {
    layer: visible(layer.layer),
    links: orUnknown(layer.links_per_extraction),
    file: inode?.path ? visible(inode.path) : `inode ${layer.binding_inode}`,
  };
}
