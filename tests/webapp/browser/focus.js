// What Tab should reach on this page, how each looked without focus, and what was found on the way.
(interactive) => {
  const isSeen = (node) => (node.closest(".q-field") ?? node).checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const isLine = (node) => node.tabIndex < 0 && node.closest("[role=listbox], [role=menu], [role=tablist], [role=radiogroup]");
  const isMeant = (node) => isSeen(node) && !node.disabled && node.ariaDisabled !== "true" && node.type !== "file" &&
    !isLine(node) && !node.closest("[inert], [aria-hidden=true], .js-plotly-plot");
  const around = (node) => [node, node.parentElement, node.parentElement?.parentElement,
    node.closest(".q-field__control"), node.querySelector(".q-focus-helper")].filter(Boolean);
  const look = (node) => around(node).flatMap((each) => [null, "::before", "::after"].map((part) => {
    const s = getComputedStyle(each, part);
    return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor, s.borderWidth,
      s.backgroundColor, s.opacity, s.textDecorationLine].join();
  })).join(";");
  const name = (node) => {
    const own = node.ariaLabel || node.closest("label")?.innerText || node.innerText || node.title || "";
    return `${node.tagName} “${own.trim().slice(0, 40)}”`;
  };
  document.activeElement?.blur();
  const missing = new Map([...document.querySelectorAll(interactive)].filter(isMeant).map((node) => [node, look(node)]));
  const dim = [];
  window.focusWalk = {
    count: missing.size,
    step() {
      const node = document.activeElement;
      if (missing.has(node) && look(node) === missing.get(node)) dim.push(name(node));
      missing.delete(node);
      return this.left().length;
    },
    left: () => [...missing.keys()].filter((node) => node.isConnected && isMeant(node)).map(name),
    dim,
  };
  return missing.size;
}
