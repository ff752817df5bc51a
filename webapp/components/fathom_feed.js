// What the server sent last, by topic, and the histories that charts draw. One copy per page, so
// a component that is mounted later (or again) starts with what is known.

const last = {};
const listeners = {};
const LONGEST_HISTORY = 1800;

export const histories = {};

// A frame whose number is 0 is whole; the others say what changed since the one before.
export function publish({ n, replace = {}, append = {}, ...topics }) {
  for (const [topic, change] of Object.entries(topics)) {
    last[topic] = n ? patched(last[topic], change) : change;
    tell(topic, last[topic]);
  }
  Object.assign(histories, replace);
  for (const [name, row] of Object.entries(append)) {
    const rows = histories[name]?.rows;
    if (rows?.push(row) > LONGEST_HISTORY) rows.shift();
  }
  for (const name of new Set([...Object.keys(replace), ...Object.keys(append)]))
    tell("history " + name, histories[name]);
}

// The other half of webapp/delta.py: objects by key, lists by a script of copy, skip and new.
function patched(old, change) {
  if (Array.isArray(old) && Array.isArray(change)) {
    const fresh = [];
    let at = 0;
    for (const step of change) {
      if (typeof step !== "number") fresh.push(step);
      else if (step < 0) at -= step;
      else fresh.push(...old.slice(at, (at += step)));
    }
    return fresh.concat(old.slice(at));
  }
  if (!isObject(old) || !isObject(change)) return change;
  const fresh = { ...old };
  for (const [key, part] of Object.entries(change)) fresh[key] = patched(old[key], part);
  return fresh;
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
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
  if (text !== undefined) setText(node, text);
  parent.append(node);
  return node;
}

// A moment comes as "@" and milliseconds since 1970. It is shown in the zone the user chose, with
// the date when that is not today's, and in UTC on hover.
const MOMENT = /^@(\d{12,14})$/;
export const zone = () => (document.body.dataset.zone === "utc" ? "UTC" : undefined);

export function moment(ms) {
  const date = new Date(ms), timeZone = zone();
  const day = (at) => at.toLocaleDateString("en-CA", { timeZone });
  const time = date.toLocaleTimeString("en-GB", { timeZone });
  return day(date) === day(new Date()) ? time : `${day(date)} ${time}`;
}

export function setText(node, text) {
  if (node.shownText !== text) {
    node.shownText = text;
    const at = MOMENT.exec(text);
    node.textContent = at ? moment(+at[1]) : text;
    if (at) node.title = new Date(+at[1]).toISOString().replace("T", " ").replace("Z", " UTC");
  }
}
