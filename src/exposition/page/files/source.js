// Where figures come from: the daemon's JSON, asked for again and again while somebody looks.

const TIMEOUT_SECONDS = 10;
const POLL_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 60;

/// A report. Inode numbers take 64 bits, of which a number of JavaScript has 53: they are kept as texts. The
/// pattern matches no part of a text, since a quote in one has a backslash before it.
export function parse(text) {
  return JSON.parse(text.replace(/(?<!\\)("(?:binding_)?inode": )(\d+)/g, '$1"$2"'));
}

/// {status, text, body, served}: `served` is the daemon's clock, in milliseconds. Throws where there
/// is no answer, or one that is not of the daemon.
export async function fetchJson(address) {
  const answer = await fetch(address, {
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
  });
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
    throw new Error(`status ${answer.status}`);
  }
  const text = await answer.text();
  return {
    status: answer.status,
    text,
    body: parse(text),
    served: Date.parse(answer.headers.get("Date") ?? "") || Date.now(),
  };
}

/// Calls `ask` every few seconds while the page is visible; more and more seldom while it fails
/// (throws).
export class Poller {
  constructor(ask) {
    this.ask = ask;
    this.pause = POLL_SECONDS;
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    window.addEventListener("online", () => this.#now());
  }

  start() {
    this.#now();
  }

  async #now() {
    window.clearTimeout(this.timer);
    if (this.asking || document.hidden) {
      return;
    }
    this.asking = true;
    try {
      await this.ask();
      this.pause = POLL_SECONDS;
    } catch (failure) {
      console.error(failure);
      this.pause = Math.min(2 * this.pause, LONGEST_PAUSE_SECONDS);
    }
    this.asking = false;
    this.timer = window.setTimeout(() => this.#now(), this.pause * 1000);
  }

  #visibilityChanged() {
    window.clearTimeout(this.timer);
    if (!document.hidden) {
      this.#now();
    }
  }
}
