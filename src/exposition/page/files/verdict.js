// The figures of a root as texts, the same as in status_page.cc, which writes them where there is no
// script; a test compares the two. The report itself has the words for them.

import { UNKNOWN, byteSize, capitalized, counted, thousands, visible } from "./format.js";

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
  const first = firstLimit(root);
  return {
    layers_title: Many,
    left_title: `${Many} left`,
    takes_title: `${capitalized(first?.limit ?? "links")} each further ${one} takes`,
    path_title: first?.limit === "subdirectories" ? "Bound by the directory" : "Bound by the file",
    binding_title: `Ends first in the ${one}`,
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

/// A figure in the unit of a limit. As amountOf() in phrases.cc.
export function amount(limit, figure) {
  if (limit === "names_per_directory") {
    return counted(figure, "byte", "bytes");
  }
  return limit === "space" ? byteSize(figure) : thousands(figure);
}

/// What a limit is called in a table. As limitTitle() in phrases.cc.
export function limitTitle(limit) {
  return limit === "names_per_directory" ? "names in a directory" : limit;
}

/// The entry of the limit that ends first; undefined where there is no margin.
export function firstLimit({ first_limit: first, limits }) {
  return first === null ? undefined : limits.find((each) => each.limit === first);
}

/// What binds the root: {layer, takes, path}, texts all. As addBinding() in status_page.cc.
export function binding(root) {
  const first = firstLimit(root);
  if (first === undefined) {
    return { layer: "-", takes: "-", path: "-" };
  }
  return {
    layer: visible(first.layer ?? "-"),
    takes: first.per_extraction === null ? "-" : amount(first.limit, first.per_extraction),
    path: visible(first.path ?? "-"),
  };
}

/// As fullestDirectoryText() in phrases.cc.
export function fullestDirectory({ fullest_directory: fullest }) {
  if (fullest === null || fullest.subdirectories === 0) {
    return "";
  }
  const { path, subdirectories, limit: most } = fullest;
  const nouns = ["subdirectory", "subdirectories"];
  return `${path === "." ? "the root" : visible(path)}: ` + (most === null ? counted(subdirectories, ...nouns)
    : `${thousands(subdirectories)} of ${counted(most, ...nouns)}`);
}

/// As saturatedText() in phrases.cc.
export function saturated({ saturated_inodes: full, saturated_empty_inodes: empty, saturated_bytes: bytes }) {
  if (full === null || full === 0) {
    return "";
  }
  const some = empty === 0 ? "" : empty === full ? "; empty"
    : `; ${thousands(empty)} of them ${empty === 1 ? "is" : "are"} empty`;
  return `${counted(full, "inode is", "inodes are")} full (${byteSize(bytes)}${some})`;
}
