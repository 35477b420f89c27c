// One root's section of the page: the one that the server has written, or one made of its template.

import { Alarms } from "./alarms.js";
import { AloneBars } from "./alone.js";
import { setAttribute, setFacts, setHidden, setText } from "./dom.js";
import { HistogramFigure, INODES, layersNoun } from "./histogram.js";
import { UNKNOWN, duration, orUnknown, visible } from "./format.js";
import { RootLists } from "./lists.js";

/// {state, level, headline, note, alarms, order} of a root at a time, in milliseconds of the daemon's clock.
export function summary(root, now) {
  return root.stale !== null && now >= Date.parse(root.stale.after) ? root.stale : root;
}

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
  return `${root.layout} ${root.words.one} ${root.layers > 0}`;
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
      layer_links: new HistogramFigure(figure("layer_links"), layersNoun(root.words)),
    };
    this.alarms = new Alarms(this.fields.get("alarms"));
    this.alone = new AloneBars(this.fields.get("alone"));
    this.lists = new RootLists(element, root);
    this.kind = kindOf(root);
  }

  /// Shows a root of the report, `now` as for tick(); returns what has changed of what matters most, as a sentence for
  /// those who do not see it, or nothing.
  update(root, now) {
    this.root = root;
    const before = this.said;
    setAttribute(this.element, "id", `root-${visible(root.root)}`);
    setAttribute(this.element, "data-root", visible(root.root));
    setAttribute(this.element, "aria-label", `Root ${visible(root.root)}`);
    this.#setMainFigures(root);
    this.#setRest(root);
    this.tick(now);
    const { level, headline } = summary(root, now);
    this.said = `${visible(root.root)}: ${level}, ${headline}.`;
    return before !== undefined && before !== this.said ? this.said : "";
  }

  /// What the passing of time changes; `now` in milliseconds of the daemon's clock.
  tick(now) {
    const age = ageOf(this.root.census.last_success, now);
    this.#set("age", age === null ? "" : `(${duration(age)} ago)`);
    const { level, state, headline, note, alarms } = summary(this.root, now);
    setAttribute(this.element, "data-level", level);
    this.#set("level", level);
    setHidden(this.fields.get("level"), level === "ok" || level === "unknown");
    this.#set("state", state);
    this.#set("headline", headline);
    this.#set("note", visible(note ?? ""));
    setHidden(this.fields.get("note"), note === null);
    this.alarms.update(alarms);
    setHidden(this.fields.get("busy"), !this.root.census.in_progress || this.root.up === null);
  }

  #set(name, text) {
    setText(this.fields.get(name), text);
  }

  /// The report has the texts by the names of the fields.
  #setMainFigures(root) {
    this.#set("name", visible(root.root));
    this.#set("path", visible(root.path));
    setHidden(this.fields.get("path"), root.path === root.root);
    for (const [name, text] of Object.entries(root.texts)) {
      if (this.fields.has(name)) {
        this.#set(name, visible(text));
      }
      if (this.fields.has(`${name}_box`)) {
        setHidden(this.fields.get(`${name}_box`), text === "" || text === "-");
      }
    }
    setHidden(this.fields.get("bar_box"), root.filesystem.link_limit === null);
    setAttribute(this.fields.get("bar_used"), "width", root.texts.used_percent);
    setAttribute(this.fields.get("bar"), "aria-label", root.texts.bar_label);
    setAttribute(this.fields.get("stored_part"), "width", root.texts.stored_percent);
    setAttribute(this.fields.get("stored_bar"), "aria-label", root.texts.stored_label);
  }

  #setRest(root) {
    setHidden(this.fields.get("more"), false);
    if (this.kind !== kindOf(root)) {
      this.kind = kindOf(root);
      this.figures.layer_links.name(layersNoun(root.words));
      this.lists = new RootLists(this.element, root);
    }
    for (const [name, figure] of Object.entries(this.figures)) {
      figure.update(root.histograms[name]);
    }
    this.alone.update(root);
    this.lists.update(root);
    setFacts(this.fields.get("census"), censusFacts(root));
  }
}
