// What is to be said of a root's figures. The words and thresholds are those of status_page.cc, which
// writes them where there is no script; a test compares the two.

import { UNKNOWN, counted, duration, orUnknown, thousands, visible } from "./format.js";

const LOW_LAYERS = 20;
const CRITICAL_LAYERS = 5;
const LOW_SHARE = 0.1;
const CRITICAL_SHARE = 0.02;
// As the alert HardlinkCensusStale.
const STALE_SECONDS = 1800;

const hasCensus = (root) => root.max_links !== null;

function judgeLayers(left) {
  if (left === 0) {
    return ["exhausted", "Exhausted: the next layer may fail"];
  }
  if (left < CRITICAL_LAYERS) {
    return ["critical", "Critical: fewer than 5 more layers fit"];
  }
  if (left < LOW_LAYERS) {
    return ["low", "Low: fewer than 20 more layers fit"];
  }
  return ["ok", `Room for ${counted(left, "more layer", "more layers")}`];
}

const LINKS_WORDS = {
  exhausted: "No layers here. Exhausted: the next link may fail",
  critical: "No layers here. Critical: less than 2 % of the links are left",
  low: "No layers here. Low: less than 10 % of the links are left",
  ok: "No layers here: the headroom in links counts",
  unknown: "The link limit is not known: set link_limit in the configuration",
};

const HEADROOM_WORDS = {
  exhausted: "Exhausted.",
  critical: "Critical: less than 2 % left.",
  low: "Low: less than 10 % left.",
  ok: "",
  unknown: "",
};

/// The level of the headroom alone, as severityOfHeadroom() has it.
function headroomLevel({ headroom_links: left, filesystem: { link_limit: limit } }) {
  if (left === null || !limit) {
    return "unknown";
  }
  if (left / limit >= LOW_SHARE) {
    return "ok";
  }
  if (left / limit >= CRITICAL_SHARE) {
    return "low";
  }
  return left > 0 ? "critical" : "exhausted";
}

/// [level, words] of the headroom alone.
export function judgeHeadroom(root) {
  const level = headroomLevel(root);
  return [level, HEADROOM_WORDS[level]];
}

/// [level, words]: a level of the style sheet's, and what it means.
export function judge(root) {
  if (!hasCensus(root)) {
    return ["unknown", "No figures yet"];
  }
  if (root.extractions_remaining !== null) {
    return judgeLayers(root.extractions_remaining);
  }
  const level = headroomLevel(root);
  return [level, LINKS_WORDS[level]];
}

function isStale(root, age) {
  return age !== null && age > STALE_SECONDS;
}

/// `age` is that of the figures, in seconds; null where there are none.
export function stateWord(root, age) {
  if (root.up === null) {
    return root.census.in_progress ? "first census running" : "no census yet";
  }
  if (!root.up) {
    return "census failed";
  }
  if (isStale(root, age)) {
    return "stale";
  }
  return root.complete === false ? "incomplete" : "up";
}

export function note(root, age) {
  if (root.up === false) {
    const since = hasCensus(root) && root.census.last_success !== null
      ? ` The figures are those of ${root.census.last_success}.` : "";
    return `The last census failed: ${visible(root.error ?? "")}.${since}`;
  }
  if (isStale(root, age)) {
    return `No census has ended well for ${duration(age)}: the figures may have been overtaken.`;
  }
  if (root.complete === false) {
    return "Not everything could be read: there may be more links, and less room, than the figures say.";
  }
  return "";
}

export function layersLeft(root) {
  if (root.extractions_remaining !== null) {
    return thousands(root.extractions_remaining);
  }
  return hasCensus(root) && root.filesystem.link_limit !== null ? "none" : UNKNOWN;
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
  if (layer === undefined || layer.binding_inode === null) {
    return { layer: "-", links: "-", file: "-" };
  }
  const inode = root.hot_inodes.find((each) => each.inode === layer.binding_inode);
  return {
    layer: visible(layer.layer),
    links: orUnknown(layer.links_per_extraction),
    file: inode?.path ? visible(inode.path) : `inode ${layer.binding_inode}`,
  };
}
