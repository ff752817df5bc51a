// What the server sent last, by topic, and the histories that charts draw. One copy per page, so
// a component that is mounted later (or again) starts with what is known.

const last = {};
const listeners = {};
const LONGEST_HISTORY = 1800;

export const histories = {};

export function publish({ replace = {}, append = {}, ...topics }) {
  for (const [topic, detail] of Object.entries(topics)) {
    last[topic] = detail;
    tell(topic, detail);
  }
  Object.assign(histories, replace);
  for (const [name, row] of Object.entries(append)) {
    const rows = histories[name]?.rows;
    if (rows?.push(row) > LONGEST_HISTORY) rows.shift();
  }
  for (const name of new Set([...Object.keys(replace), ...Object.keys(append)]))
    tell("history " + name, histories[name]);
}

function tell(topic, detail) {
  for (const listener of listeners[topic] ?? []) listener(detail);
}

// Calls `listener` with every new detail of a topic, and with the last one at once.
// Returns the function that ends it.
export function listen(topic, listener) {
  (listeners[topic] ??= new Set()).add(listener);
  if (topic in last) listener(last[topic]);
  return () => listeners[topic].delete(listener);
}

export function make(parent, tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

export function setText(node, text) {
  if (node.shownText !== text) {
    node.shownText = text;
    node.textContent = text;
  }
}
