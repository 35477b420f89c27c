// What the report holds of one layer or one inode, under an address of its own:
// #explain?root=NAME&layer=NAME, or …&inode=N.

import { setFacts, setHidden, setText } from "./dom.js";
import { HistogramFigure, INODES } from "./histogram.js";
import { UNKNOWN, byteSize, capitalized, orUnknown, thousands, visible } from "./format.js";
import { DetailsLists, LAYERS, imagesOf } from "./lists.js";
import { fetchJson } from "./source.js";

const PREFIX = "#explain?";

function layerFacts({ root, layout, words, layer, link_limit: limit }) {
  return [
    ["Root", visible(root)],
    [`${capitalized(words.many)} left on top of it`, orUnknown(layer.extractions_remaining)],
    ["Links each of them takes", orUnknown(layer.links_per_extraction)],
    ["Highest link count in it", `${thousands(layer.max_links)}, limit ${orUnknown(limit)}`],
    ["Inodes", thousands(layer.inodes)],
    ["Names", thousands(layer.names)],
    ["Its removal alone frees", layer.exclusive_bytes === null ? UNKNOWN : byteSize(layer.exclusive_bytes)],
    layout === "docker-overlay" ? ["Images", imagesOf(layer)]
      : ["Head", layer.head ? "yes: the next one builds on it" : "no"],
  ];
}

function inodeFacts({ root, words, path, file, inode, link_limit: limit }) {
  if (file === null) {
    return [["Root", visible(root)], ["Inode", inode], ["Limit", orUnknown(limit)]];
  }
  return [
    ["Root", visible(root)],
    ["Links", `${thousands(file.links)}, limit ${orUnknown(limit)}`],
    ["Links left", orUnknown(file.headroom_links)],
    ["Names in the root", thousands(file.names_in_root)],
    ["Names outside the root", thousands(file.links_outside_root)],
    [`In ${words.many}`, thousands(file.layers)],
    ["Size", `${thousands(file.size)} bytes`],
    ["Inode", inode],
    ["Path", file.path ? visible(`${path}/${file.path}`) : "none found", "name"],
  ];
}

export class Details {
  /// `parts` are the page's elements by name; `shown(open)` is told whether details are shown.
  constructor(parts, shown) {
    this.parts = parts;
    this.shown = shown;
    this.figure = new HistogramFigure(parts.details_histogram, INODES);
    this.lists = new DetailsLists(parts.details_tables);
    window.addEventListener("hashchange", () => this.follow());
  }

  /// Shows what the address says.
  async follow() {
    if (location.hash === "#main") {
      return;  // where the link past the header leads, on either view
    }
    const query = location.hash.startsWith(PREFIX) ? location.hash.slice(PREFIX.length) : null;
    const opened = query !== null && query !== this.query;
    const closed = query === null && this.query;
    this.query = query;
    setHidden(this.parts.details, query === null);
    this.shown(query !== null);
    if (opened) {
      await this.refresh();
      this.parts.details.focus();
    } else if (closed) {
      document.getElementById("main").focus();
    }
  }

  /// Fetches the details again, if any are shown.
  async refresh() {
    const query = this.query;
    if (query === null || query === undefined) {
      return;
    }
    try {
      const { status, body } = await fetchJson(`./api/v1/explain?${query}`);
      if (query === this.query) {
        this.#show(status, body);
      }
    } catch {
      // The page says elsewhere that the daemon does not answer; what is shown stays.
    }
  }

  #show(status, body) {
    const { details_title: title, details_note: note, details_facts: facts } = this.parts;
    const wanted = new URLSearchParams(this.query);
    const name = visible(wanted.get("layer") ?? wanted.get("inode") ?? "");
    const words = body.words ?? LAYERS;
    setText(title, `${wanted.has("layer") ? capitalized(words.one) : "Inode"} ${name}`);
    setHidden(note, status === 200);
    setText(note, status === 200 ? "" : `Nothing to show: ${visible(body.error ?? "")}`);
    if (status !== 200) {
      setFacts(facts, []);
      this.figure.update([]);
      this.lists.update({ root: "", path: "" }, {});
      return;
    }
    setFacts(facts, body.layer ? layerFacts(body) : inodeFacts(body));
    const caption = body.layer ? `The ${words.one}'s inodes by link count`
      : "The root's inodes by link count";
    setText(this.figure.figure.querySelector("figcaption"), caption);
    this.figure.update(body.histograms.inode_links);
    this.lists.update({ root: body.root, path: body.path, layout: body.layout, words }, {
      layers: body.binds ?? [],
      inodes: body.layer && body.binding_file ? [body.binding_file] : [],
      images: body.images,
    });
  }
}
