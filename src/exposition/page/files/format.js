// Figures and names as people read them. Names come from file systems that others write to: they
// only ever become text.

export const UNKNOWN = "unknown";

const numbers = new Intl.NumberFormat("en");

// The same characters as visible() in html.cc.
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206d\ufeff]/g;

function codeOf(character) {
  const code = character.charCodeAt(0);
  if (character === "\n") {
    return "\\n";
  }
  // Controls above ASCII are two bytes of UTF-8, and shown as those.
  const hex = (value) => "\\x" + value.toString(16).padStart(2, "0");
  if (code < 0x80) {
    return hex(code);
  }
  return code < 0x100
    ? hex(0xc0 | (code >> 6)) + hex(0x80 | (code & 0x3f))
    : "\\u" + code.toString(16).padStart(4, "0");
}

/// Everything made visible that would be invisible or move what stands beside it.
export function visible(text) {
  return text.replace(UNSEEN, codeOf);
}

export function thousands(number) {
  return numbers.format(number);
}

export function orUnknown(number) {
  return number === null || number === undefined ? UNKNOWN : thousands(number);
}

/// Units of 1024, with a tenth below 100. As byteSize() in number.cc.
export function byteSize(bytes) {
  if (bytes < 1024) {
    return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  }
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1023.5 && unit < 5; unit += 1) {
    value /= 1024;
  }
  const text = value >= 99.95 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${text} ${"KMGTPE"[unit]}iB`;
}

/// A figure in the unit of a limit. As amountOf() in phrases.cc.
export function amount(limit, figure) {
  if (limit === "names_per_directory") {
    return counted(figure, "byte", "bytes");
  }
  return limit === "space" ? byteSize(figure) : thousands(figure);
}

export function counted(number, one, many) {
  return `${thousands(number)} ${number === 1 ? one : many}`;
}

export function capitalized(word) {
  return word[0].toUpperCase() + word.slice(1);
}

/// A bound on an axis: 200, 5k, 65k.
export function short(number) {
  if (typeof number !== "number") {
    return "more";
  }
  for (const [unit, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (number >= unit) {
      return String(Math.round((number / unit) * 10) / 10) + letter;
    }
  }
  return String(number);
}

/// Docker's ids by their first twelve digits, as Docker shows them.
export function shortIds(text) {
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1\u2026");
}

/// A length of time, in the two largest units.
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }
  if (whole < 86400) {
    return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  }
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

/// One word of a shell's command line, so that whatever is in a name, pasting it runs nothing. As
/// shellQuoted() in shell.cc.
export function shellQuoted(text) {
  if (/^[A-Za-z0-9_./:@%+=,-]+$/.test(text)) {
    return text;
  }
  if (visible(text) === text) {
    return `'${text.replaceAll("'", "'\\''")}'`;
  }
  const octal = (byte) => "\\" + byte.toString(8).padStart(3, "0");
  const plain = (byte) => byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
  const word = [...new TextEncoder().encode(text)].map((byte) =>
    plain(byte) ? String.fromCharCode(byte) : octal(byte));
  return `$'${word.join("")}'`;
}
