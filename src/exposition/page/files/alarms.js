// The next step of each alarm of a root: a command to copy, and the section of the runbook.

import { copyButton } from "./copy.js";
import { make, setAttribute, setHidden, setText } from "./dom.js";
import { visible } from "./format.js";

export class Alarms {
  /// `list` may hold what the server has written.
  constructor(list) {
    this.list = list;
  }

  update(alarms) {
    setHidden(this.list, alarms.length === 0);
    alarms.forEach((alarm, index) => this.#fill(this.list.children[index] ?? this.#emptyEntry(), alarm));
    while (this.list.children.length > alarms.length) {
      this.list.lastElementChild.remove();
    }
  }

  #emptyEntry() {
    const step = make("p", {}, make("span", { "data-alarm": "next_step" }), ": ",
      make("code", { "data-alarm": "command" }));
    const link = make("a", { "data-alarm": "runbook" });
    return this.list.appendChild(make("li", {}, step, make("p", {}, link)));
  }

  #fill(entry, alarm) {
    const part = (name) => entry.querySelector(`[data-alarm=${name}]`);
    setText(part("next_step"), alarm.next_step);
    setText(part("command"), visible(alarm.command));
    setText(part("runbook"), `Runbook: ${alarm.name}`);
    setAttribute(part("runbook"), "href", `.${alarm.runbook}`);
    entry.command = alarm.command;
    if (entry.querySelector("button") === null) {
      part("command").after(" ", ...copyButton("the command", () => entry.command));
    }
  }
}
