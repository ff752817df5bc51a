// The next control to press in what lies on top: a menu, a dialog, or the page. Null when all are done.
([interactive, top, menu, done, within]) => {
  const isClear = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const isSeen = (node) => isClear(node.closest(".q-field") ?? node);
  const open = (what) => [...document.querySelectorAll(what)].filter(isSeen).at(-1);
  const scope = open(menu) ?? open(top) ?? document.querySelector(within);
  const isPage = scope.matches(within);
  const place = (node) => node.closest("section")?.querySelector("h2, h3")?.innerText
    ?? node.closest("[aria-label]:not(input, button)")?.ariaLabel ?? "";
  const label = (node) => node.ariaLabel || node.closest("label")?.innerText || node.innerText || node.title || node.placeholder || "";
  const isLast = /^(close|cancel|skip|done|discard|stop)$/i;
  let last = null;
  for (const node of scope.querySelectorAll(interactive)) {
    if (!isSeen(node) || node.disabled || node.ariaDisabled === "true" || node.type === "file" || node.readOnly && !node.closest(".q-select")) continue;
    if (node.closest("[inert], [aria-hidden=true], .js-plotly-plot")) continue;
    if (node.matches("a[href], [role=option], [role=menuitem], .q-item") && isPage) continue;
    const plain = (text) => text.replace(/[\d.,−-]+/g, "#").replace(/\s+/g, " ").trim().slice(0, 60);
    node.walkKey = [plain(place(node)), node.tagName, node.type ?? "", plain(label(node))].join(" | ");
    if (done.includes(node.walkKey)) continue;
    if (node.role === "option") last = node; // of a list the last line is chosen, once
    else if (!isLast.test(label(node).trim())) return node;
    last ??= node;
  }
  return last;
}
