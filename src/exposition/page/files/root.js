// One root's section of the page: the one that the server has written, or one made of its template.

import { setAttribute, setFacts, setHidden, setText } from "./dom.js";
import { HistogramFigure, INODES, layersNoun } from "./figure.js";
import { UNKNOWN, duration, orUnknown, thousands, visible } from "./format.js";
import { RootLists } from "./lists.js";
import * as verdict from "./verdict.js";

/// Seconds since an RFC 3339 time; null where there is none.
function ageOf(time, now) {
  return time === null ? null : Math.max(0, now / 1000 - Date.parse(time) / 1000);
}

function errorsText(errors) {
  const counts = Object.entries(errors).filter(([, count]) => count > 0);
  return counts.length === 0 ? "0"
    : counts.map(([reason, count]) => `${orUnknown(count)} ${reason}`).join(", ");
}

function censusFacts(root) {
  const { census, filesystem } = root;
  const on = [filesystem.type, filesystem.device, filesystem.mountpoint].map((text) =>
    visible(text ?? UNKNOWN));
  return [
    ["Last one began", census.started ?? "never"],
    ["It took", census.duration_seconds === null ? UNKNOWN
      : `${census.duration_seconds.toFixed(2)} s`],
    ["Figures of", census.last_success ?? "never"],
    ["Errors", root.max_links === null ? UNKNOWN : errorsText(census.errors)],
    ["Engine", (root.engine ?? UNKNOWN) +
      (root.engine_reason ? `: ${visible(root.engine_reason)}` : "")],
    ["Filesystem", `${on[0]}, ${on[1]} at ${on[2]}`],
    ["Inodes", `${orUnknown(root.inodes)}, ${orUnknown(root.multilink_inodes)} with more than one link`],
    ["Names", orUnknown(root.names)],
    ["Directories", orUnknown(root.directories)],
    ...root.image_problems.map((problem) => ["Docker's files", visible(problem), "name"]),
  ];
}

/// What the columns and titles of a root depend on. It is known after the first census only.
function kindOf(root) {
  return `${root.layout} ${verdict.words(root).one} ${root.layers > 0}`;
}

export class RootSection {
  constructor(element, root) {
    this.element = element;
    this.fields = new Map();
    for (const field of element.querySelectorAll("[data-field]")) {
      this.fields.set(field.dataset.field, field);
    }
    const figure = (name) => element.querySelector(`[data-histogram="${name}"]`);
    this.figures = {
      inode_links: new HistogramFigure(figure("inode_links"), INODES),
      layer_links: new HistogramFigure(figure("layer_links"), layersNoun(verdict.words(root))),
    };
    this.lists = new RootLists(element, root);
    this.kind = kindOf(root);
  }

  /// Shows a root of the report, `now` as for tick(); returns what has changed of what matters most, as a sentence for
  /// those who do not see it, or nothing.
  update(root, now) {
    this.root = root;
    const before = this.said;
    setAttribute(this.element, "data-root", visible(root.root));
    setAttribute(this.element, "aria-label", `Root ${visible(root.root)}`);
    this.#setMainFigures(root);
    this.#setBar(root);
    this.#setRest(root);
    this.tick(now);
    const { level, headline } = verdict.summary(root, now);
    this.said = `${visible(root.root)}: ${level}, ${headline}.`;
    return before !== undefined && before !== this.said ? this.said : "";
  }

  /// What the passing of time changes; `now` in milliseconds of the daemon's clock.
  tick(now) {
    const age = ageOf(this.root.census.last_success, now);
    this.#set("age", age === null ? "" : `(${duration(age)} ago)`);
    const { level, state, headline, note } = verdict.summary(this.root, now);
    setAttribute(this.element, "data-level", level);
    this.#set("level", level);
    setHidden(this.fields.get("level"), level === "ok" || level === "unknown");
    this.#set("state", state);
    this.#set("headline", headline);
    this.#set("note", visible(note ?? ""));
    setHidden(this.fields.get("note"), note === null);
    setHidden(this.fields.get("busy"), !this.root.census.in_progress || this.root.up === null);
  }

  #set(name, text) {
    setText(this.fields.get(name), text);
  }

  #setMainFigures(root) {
    const binding = verdict.binding(root);
    const texts = {
      name: visible(root.root),
      path: visible(root.path),
      layers_left: verdict.layersLeft(root),
      headroom: verdict.headroom(root),
      limit: verdict.limit(root),
      max_links: orUnknown(root.max_links),
      layers: orUnknown(root.layers),
      takes: binding.takes,
      binding_path: binding.path,
      binding_layer: binding.layer,
      fullest: verdict.fullestDirectory(root),
      saturated: verdict.saturated(root),
      last_census: verdict.lastCensus(root),
      layout: verdict.layout(root),
      links_per_user: root.links_per_user === null ? "" : thousands(root.links_per_user),
      advice: visible(root.advice ?? ""),
      ...verdict.titles(root),
    };
    for (const [name, text] of Object.entries(texts)) {
      this.#set(name, text);
    }
    setHidden(this.fields.get("path"), root.path === root.root);
    for (const name of ["layout", "links_per_user", "advice", "fullest", "saturated"]) {
      setHidden(this.fields.get(`${name}_box`), texts[name] === "");
    }
    for (const name of ["binding_path", "binding_layer"]) {
      setHidden(this.fields.get(`${name}_box`), texts[name] === "-");
    }
  }

  #setBar(root) {
    const used = verdict.usedPercent(root);
    setHidden(this.fields.get("bar_box"), used === null);
    if (used !== null) {
      this.#set("used_percent", used);
      setAttribute(this.fields.get("bar_used"), "width", used);
      setAttribute(this.fields.get("bar"), "aria-label",
        `${used} % of the links are used up; marks at 90 % and 98 %`);
    }
  }

  #setRest(root) {
    setHidden(this.fields.get("more"), false);
    if (this.kind !== kindOf(root)) {
      this.kind = kindOf(root);
      this.figures.layer_links.name(layersNoun(verdict.words(root)));
      this.lists = new RootLists(this.element, root);
    }
    for (const [name, figure] of Object.entries(this.figures)) {
      figure.update(root.histograms[name]);
    }
    this.lists.update(root);
    setFacts(this.fields.get("census"), censusFacts(root));
  }
}
