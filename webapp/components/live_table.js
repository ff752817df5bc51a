// Rows that move in place: the server says what stands in each cell, by the key of its row. A
// button keeps the focus while the figures around it change.
import { listen, make, setText } from "fathom_feed";

export default {
  template: "<div></div>",
  props: { heads: Array, rows: Array, topic: String, opens: String, empty: String, caption: String },
  mounted() {
    const table = make(make(this.$el, "div", "fm-scroll"), "table", "fm-table fm-live");
    if (this.caption) make(table, "caption", "fm-hidden", this.caption);
    const head = make(make(table, "thead"), "tr");
    for (const [title, look] of this.heads) make(head, "th", look, title).scope = "col";
    this.body = make(table, "tbody");
    this.none = make(this.$el, "p", "fm-none", this.empty);
    this.lines = new Map();
    if (this.topic) this.stop = listen(this.topic, this.show);
    else this.show(this.rows);
  },
  unmounted() {
    this.stop?.();
  },
  watch: {
    rows() {
      if (!this.topic) this.show(this.rows);
    },
  },
  methods: {
    show(rows) {
      const keys = new Set(rows.map(([key]) => key));
      for (const [key, { line }] of this.lines) {
        if (keys.has(key)) continue;
        line.remove();
        this.lines.delete(key);
      }
      rows.forEach(([key, cells, actions], i) => {
        const at = this.lines.get(key) ?? this.begin(key);
        const texts = actions.length ? cells.slice(0, this.heads.length - 1) : cells;
        texts.forEach((cell, j) => this.fill(at.cells[j], cell, j ? "" : key));
        this.act(at, key, actions);
        if (this.body.children[i] !== at.line) this.body.insertBefore(at.line, this.body.children[i] ?? null);
      });
      this.none.hidden = rows.length > 0;
    },
    begin(key) {
      const line = make(this.body, "tr");
      const cells = this.heads.map(([, look]) => ({ cell: make(line, "td", look) }));
      const at = { line, cells, shape: "" };
      this.lines.set(key, at);
      return at;
    },
    fill(at, [text, look, note], key) {
      const isOpen = Boolean(key && this.opens && look !== "is-plain");
      if (!at.text || at.isOpen !== isOpen) {
        at.cell.replaceChildren();
        at.isOpen = isOpen;
        at.text = make(at.cell, isOpen ? "button" : "span", isOpen ? "fm-open" : "");
        if (isOpen) {
          at.text.type = "button";
          at.text.title = this.opens;
          at.text.onclick = () => this.$emit("act", ["open", key]);
        }
        at.note = make(at.cell, "small");
      }
      setText(at.text, text);
      setText(at.note, note);
      const name = at.text.tagName === "BUTTON" ? `fm-open ${look}`.trim() : look;
      if (at.text.className !== name) at.text.className = name;
    },
    act(at, key, actions) {
      const shape = actions.join();
      if (shape === at.shape) return;
      at.shape = shape;
      const cell = at.cells[this.heads.length - 1].cell;
      cell.replaceChildren();
      at.cells[this.heads.length - 1].text = undefined;
      for (const [name, label] of actions) {
        const button = make(cell, "button", "fm-link fm-text-button", label);
        button.type = "button";
        button.dataset.act = name;
        button.onclick = () => this.$emit("act", [name, key]);
      }
    },
  },
};
