// A button that copies a text. Where the browser does not let it (plain http, no permission), the
// text is shown and selected, so that one key copies it.

import { make, setText } from "./dom.js";

const SAID_SECONDS = 4;

function select(element) {
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.selectAllChildren(element);
}

/// Copies what is selected, as pages on plain http can; false where even that is refused.
function copySelection() {
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  }
}

function offer(shown, text) {
  shown.hidden = false;
  setText(shown, text);
  select(shown);
  return copySelection() ? "Copied" : "Selected: press Ctrl+C";
}

async function copy(shown, text) {
  if (!window.isSecureContext || !navigator.clipboard) {
    return offer(shown, text);
  }
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    return offer(shown, text);
  }
}

/// `textNow()` is what to copy when the button is pressed; `what` names it for a screen reader.
export function copyButton(what, textNow) {
  const said = make("span", { class: "said", role: "status" });
  const shown = make("code", { class: "copied name", hidden: "" });
  const button = make("button", { type: "button", "aria-label": `Copy ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    setText(said, await copy(shown, textNow()));
    window.setTimeout(() => setText(said, ""), SAID_SECONDS * 1000);
  });
  return [button, said, shown];
}
