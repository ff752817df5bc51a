// A table of millions of rows, of which only those in view exist. The server is asked for a block
// of rows when it comes into view; until it is here its lines are empty. A browser cannot make an
// element as tall as a million lines, so from TALLEST on the bar at the side moves in proportion.
import { make, setText } from "fathom_feed";

const LINE = 27, TALLEST = 6_000_000, KEPT_BLOCKS = 24;

export default {
  template: "<div></div>",
  props: { heads: Array, count: Number, sort: String, token: Number, block: Object, size: Number, caption: String },
  mounted() {
    this.view = make(this.$el, "div", "fm-virtual");
    this.view.tabIndex = 0;
    this.view.setAttribute("aria-label", this.caption);
    this.view.role = "region";
    this.table = make(this.view, "table", "fm-table");
    make(this.table, "caption", "fm-hidden", this.caption);
    this.head = make(make(this.table, "thead"), "tr");
    this.above = make(make(make(this.table, "tbody"), "tr"), "td");
    this.body = make(this.table, "tbody");
    this.below = make(make(make(this.table, "tbody"), "tr"), "td");
    this.view.onscroll = () => this.paint();
    this.resizes = new ResizeObserver(() => this.paint());
    this.resizes.observe(this.view);
    this.blocks = new Map();
    this.drawHead();
    this.restart();
  },
  unmounted() {
    this.resizes.disconnect();
    clearTimeout(this.waiting);
  },
  watch: {
    heads() {
      this.drawHead();
    },
    sort() {
      this.drawHead();
    },
    token() {
      this.restart();
    },
    block() {
      this.take();
    },
  },
  methods: {
    restart() {
      this.blocks.clear();
      this.asked = undefined;
      this.view.scrollTop = 0;
      this.table.setAttribute("aria-rowcount", this.count + 1);
      this.take();
    },
    take() {
      const { token, number, rows } = this.block ?? {};
      if (token === this.token && rows) {
        this.blocks.delete(number);
        this.blocks.set(number, rows);
        if (this.blocks.size > KEPT_BLOCKS) this.blocks.delete(this.blocks.keys().next().value);
      }
      this.paint();
    },
    drawHead() {
      const focus = document.activeElement?.dataset?.sort;
      this.head.replaceChildren();
      for (const [title, look, key] of this.heads) {
        const cell = make(this.head, "th", look);
        cell.scope = "col";
        const is = this.sort === key ? "ascending" : this.sort === "-" + key ? "descending" : "none";
        cell.setAttribute("aria-sort", is);
        const button = make(cell, "button", "fm-sort", title);
        button.type = "button";
        button.dataset.sort = key;
        button.onclick = () => this.$emit("sort", is === "ascending" ? "-" + key : is === "descending" ? "" : key);
      }
      if (focus) this.head.querySelector(`[data-sort="${CSS.escape(focus)}"]`)?.focus();
    },
    paint() {
      const fits = Math.ceil(this.view.clientHeight / LINE) + 1;
      const tall = Math.min(this.count * LINE, TALLEST);
      const room = Math.max(1, tall - this.view.clientHeight + LINE);
      const share = Math.min(1, this.view.scrollTop / room);
      const isScaled = this.count * LINE > TALLEST;
      const last = Math.max(0, this.count - fits + 2);
      const first = isScaled ? Math.round(share * last) : Math.min(last, Math.floor(this.view.scrollTop / LINE));
      const shown = Math.min(fits, this.count - first);
      const top = Math.max(0, Math.min(isScaled ? this.view.scrollTop : first * LINE, tall - shown * LINE));
      this.above.style.height = `${top}px`;
      this.below.style.height = `${Math.max(0, tall - top - shown * LINE)}px`;
      while (this.body.children.length > shown) this.body.lastChild.remove();
      while (this.body.children.length < shown) this.line();
      const missing = new Set();
      for (let i = 0; i < shown; i++) this.fill(this.body.children[i], first + i, missing);
      this.ask([...missing]);
    },
    line() {
      const line = make(this.body, "tr");
      line.onclick = () => line.dataset.key && this.$emit("open", line.dataset.key);
    },
    fill(line, at, missing) {
      const number = Math.floor(at / this.size), row = this.blocks.get(number)?.[at % this.size];
      if (!row) missing.add(number);
      line.setAttribute("aria-rowindex", at + 2);
      line.dataset.key = row ? row[0] : "";
      while (line.children.length > this.heads.length) line.lastChild.remove();
      while (line.children.length < this.heads.length) make(line, "td");
      this.heads.forEach(([, look], j) => {
        const cell = line.children[j];
        if (cell.className !== look) cell.className = look;
        if (j === 0) this.opener(cell, row ? row[1][0] : "");
        else if (cell.shownText !== (row ? row[1][j] : "…")) setText(cell, row ? row[1][j] : "…");
      });
    },
    opener(cell, text) {
      const button = cell.firstElementChild ?? make(cell, "button", "fm-open");
      button.type = "button";
      button.title = "Open this point";
      button.disabled = !text;
      setText(button, text || "…");
    },
    ask(missing) {
      clearTimeout(this.waiting);
      if (!missing.length || this.count === 0) return;
      const key = `${this.token} ${missing.join()}`;
      if (key === this.asked) return;
      this.waiting = setTimeout(() => {
        this.asked = key;
        for (const number of missing) this.$emit("ask", [this.token, number]);
      }, this.asked === undefined ? 0 : 50);
    },
  },
};
