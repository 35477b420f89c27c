// The status page's script. It keeps the figures that the server has written up to date and draws the
// rest. Reading order: source.js fetches the report, overview.js shows all roots in a table, root.js one of them (alarms.js,
// lists.js, alone.js, histogram.js), details.js a layer or an inode; dom.js, table.js, copy.js and format.js are what they
// use.

import { Details } from "./details.js";
import { setChildren, setHidden, setText } from "./dom.js";
import { duration, visible } from "./format.js";
import { Overview } from "./overview.js";
import { RootSection } from "./root.js";
import { Poller, fetchJson } from "./source.js";

const parts = {};
for (const part of document.querySelectorAll("[data-page]")) {
  parts[part.dataset.page] = part;
}

class StatusPage {
  constructor() {
    this.written = [...parts.roots.children];
    this.sections = [];
    this.overview = new Overview(parts);
    this.details = new Details(parts, (open) => this.#detailsShown(open));
  }

  async refresh() {
    let answer;
    try {
      answer = await fetchJson("./api/v1/report");
      if (answer.status !== 200) {
        throw new Error(`status ${answer.status}`);
      }
    } catch (failure) {
      this.#unreachable(failure);
      throw failure;
    }
    this.answered = { served: answer.served, at: performance.now() };
    this.overview.reached = true;
    setHidden(parts.unreachable, true);
    setText(parts.unreachable, "");
    if (answer.text !== this.shown) {
      this.shown = answer.text;
      this.#show(answer.body);
      await this.details.refresh();
    }
    this.tick();
  }

  /// What the passing of time changes.
  tick() {
    if (this.answered === undefined) {
      return;
    }
    const since = performance.now() - this.answered.at;
    setHidden(parts.freshness, false);
    setText(parts.freshness, `Asked the daemon ${duration(since / 1000)} ago`);
    const now = this.answered.served + since;
    for (const section of this.sections) {
      section.tick(now);
    }
    this.overview.update(this.sections.map((section) => section.root), now);
  }

  #show({ roots }) {
    const news = [];
    const sections = roots.map((root) => {
      const section = this.#sectionOf(root);
      news.push(section.update(root, this.answered.served));
      return section;
    });
    this.sections = sections;
    setChildren(parts.roots, sections.map((section) => section.element));
    setHidden(parts.no_roots, roots.length > 0);
    this.#setOverviewHidden();
    const changed = news.filter((sentence) => sentence !== "");
    if (changed.length > 0) {
      setText(parts.news, changed.join(" "));
    }
  }

  /// The section that shows this root already, or that the server has written for it, or a new one.
  #sectionOf(root) {
    const same = (section) => section.root.root === root.root && section.root.path === root.path;
    const found = this.sections.find(same);
    if (found) {
      return found;
    }
    const name = visible(root.root);
    const at = this.written.findIndex((element) => element.dataset.root === name);
    const element = at >= 0 ? this.written.splice(at, 1)[0]
      : parts.template.content.firstElementChild.cloneNode(true);
    return new RootSection(element, root);
  }

  #detailsShown(open) {
    setHidden(parts.roots, open);
    this.detailed = open;
    this.#setOverviewHidden();
  }

  #setOverviewHidden() {
    setHidden(parts.overview, this.detailed || parts.roots.children.length < 2);
  }

  #unreachable(failure) {
    const reason = failure.name === "TimeoutError" ? "no answer in time"
      : failure instanceof TypeError ? "no connection" : failure.message;
    const since = this.answered
      ? ` The figures are those of ${new Date(this.answered.served).toISOString().slice(0, 19)}Z.`
      : " The figures are those of when the page was loaded.";
    this.overview.reached = false;
    this.overview.showTab();
    setText(parts.unreachable, `The daemon cannot be reached: ${reason}.${since}`);
    setHidden(parts.unreachable, false);
  }
}

const page = new StatusPage();
page.details.follow();
new Poller(() => page.refresh()).start();
window.setInterval(() => document.hidden || page.tick(), 1000);
