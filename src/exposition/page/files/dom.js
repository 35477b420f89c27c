// Changing the page in place: what stays the same is not touched, so nothing flickers, and neither
// focus nor a selection is lost. Text only; no markup is made of text anywhere.

/// A new element. `attributes` are set as they are; `children` are elements or texts.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/// A new element of an SVG.
export function makeSvg(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  if (text !== undefined) {
    element.textContent = text;
  }
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

export function setHidden(element, hidden) {
  if (element.hidden !== hidden) {
    element.hidden = hidden;
  }
}

/// Makes `parent` hold exactly `children`, in this order; those already in their place stay.
export function setChildren(parent, children) {
  children.forEach((child, index) => {
    const now = parent.children[index] ?? null;
    if (now !== child) {
      parent.insertBefore(child, now);
    }
  });
  while (parent.children.length > children.length) {
    parent.lastElementChild.remove();
  }
}

/// Pairs of a term and its text, as a list of definitions.
export function setFacts(list, facts) {
  facts.forEach(([term, text, kind], index) => {
    let entry = list.children[index];
    if (entry === undefined) {
      entry = make("div", {}, make("dt"), make("dd"));
      list.append(entry);
    }
    entry.className = kind === "name" ? "wide" : "";
    entry.lastElementChild.className = kind === "name" ? "name" : "";
    setText(entry.firstElementChild, term);
    setText(entry.lastElementChild, text);
  });
  while (list.children.length > facts.length) {
    list.lastElementChild.remove();
  }
}
