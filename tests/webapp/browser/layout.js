// Wider than the screen, one control over another, a text that is cut off.
(interactive) => {
  const SLACK = 1.5, found = [];
  const name = (node) => {
    const own = node.getAttribute("aria-label") || node.innerText || node.placeholder || "";
    return `${node.tagName.toLowerCase()}.${[...node.classList].slice(0, 3).join(".")} “${own.trim().slice(0, 40)}”`;
  };
  const styles = new Map();
  const style = (node) => styles.get(node) ?? styles.set(node, getComputedStyle(node)).get(node);
  const isSeen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  // What of an element's box is inside everything that cuts it off or scrolls it.
  const shown = (node) => {
    let { left, top, right, bottom } = node.getBoundingClientRect();
    for (let up = node.parentElement; up && up !== document.body; up = up.parentElement) {
      const { overflowX, overflowY, position } = style(up);
      if (overflowX !== "visible" || overflowY !== "visible") {
        const box = up.getBoundingClientRect();
        left = Math.max(left, box.left); right = Math.min(right, box.right);
        top = Math.max(top, box.top); bottom = Math.min(bottom, box.bottom);
      }
      if (position === "fixed") break;
    }
    return { left, top, right, bottom };
  };
  // The nearest ancestor that floats above the rest: what is under a bar or a dialog is scrolled away.
  const layer = (node) => {
    for (let up = node; up; up = up.parentElement) if (/fixed|sticky/.test(style(up).position) || up.role === "listbox") return up;
    return null;
  };
  const field = (node) => node.closest(".q-field__control") ?? node;

  const wide = document.documentElement.scrollWidth - window.innerWidth;
  if (wide > 0) found.push(`wider than the screen by ${wide} px`);

  const boxes = [...document.querySelectorAll(interactive)]
    .filter((node) => isSeen(node) && !node.closest("[inert], [aria-hidden=true]"))
    .map((node) => ({ node, field: field(node), layer: layer(node), ...shown(node) }))
    .filter((box) => box.right - box.left > SLACK && box.bottom - box.top > SLACK)
    .sort((one, other) => one.top - other.top);
  boxes.forEach((one, i) => {
    for (let j = i + 1; j < boxes.length && boxes[j].top < one.bottom - SLACK; j++) {
      const other = boxes[j];
      if (one.layer !== other.layer || one.field === other.field) continue;
      if (Math.min(one.right, other.right) - Math.max(one.left, other.left) < SLACK) continue;
      if (Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) < SLACK) continue;
      if (one.node.contains(other.node) || other.node.contains(one.node)) continue;
      found.push(`${name(one.node)} overlaps ${name(other.node)}`);
    }
  });

  const titles = "button, h1, h2, h3, th, dt, label, [role=tab], a[href], .fm-heading, .fm-title, .q-field__label";
  for (const node of document.querySelectorAll(titles)) {
    if (!isSeen(node) || node.closest("[aria-hidden=true], .js-plotly-plot")) continue;
    const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (!text.data.trim() || !isSeen(text.parentElement)) continue;
      if (text.parentElement.closest(".q-icon, .material-icons, svg, option")) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const { left, top, right, bottom, width } = range.getBoundingClientRect();
      if (!width) continue;
      for (let up = text.parentElement; up && up !== document.body; up = up.parentElement) {
        const { overflowX, overflowY, textOverflow, position } = style(up);
        const isScrolled = /auto|scroll/.test(overflowX + overflowY);
        const cuts = overflowX !== "visible" && !isScrolled;
        const box = up.getBoundingClientRect();
        const isOut = right > box.right + SLACK || left < box.left - SLACK || bottom > box.bottom + 3 || top < box.top - 3;
        if (isOut && !isScrolled && box.width > 1 && (up.tagName === "BUTTON" || (cuts && textOverflow !== "ellipsis"))) {
          found.push(`text of ${name(node)} is cut off by ${name(up)}`);
          break;
        }
        if (isScrolled || position === "fixed" || position === "absolute" || textOverflow === "ellipsis") break;
      }
    }
  }
  return [...new Set(found)];
}
