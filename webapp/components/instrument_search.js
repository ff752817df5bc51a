// One field that finds instruments of all venues: a text box with a list under it. Arrows move,
// Enter takes, Escape leaves everything as it was.
import { make, setText } from "fathom_feed";

const PAUSE_MS = 110;
const AGAIN_MS = 700;

export default {
  template: "<div></div>",
  props: { label: String, value: String, hint: String, error: String, found: Object },
  mounted() {
    const id = (name) => `fm-search-${name}-${this.$el.id}`;
    this.root = make(this.$el, "div", "fm-search");
    const box = make(this.root, "div", "fm-search-box");
    make(box, "label", "", this.label).htmlFor = id("input");
    const input = (this.input = make(box, "input"));
    input.id = id("input");
    const attributes = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": id("list"), "aria-describedby": id("said"), autocomplete: "off", spellcheck: "false", maxlength: "60", placeholder: "btc perp, eth usdc kraken …" };
    for (const [name, text] of Object.entries(attributes)) input.setAttribute(name, text);
    this.said = make(this.root, "div", "fm-search-said");
    this.said.id = id("said");
    this.popup = make(this.root, "div", "fm-search-popup");
    this.popup.hidden = true;
    this.list = make(this.popup, "div");
    this.list.id = id("list");
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Found");
    this.note = make(this.popup, "div", "fm-search-note");
    this.note.setAttribute("role", "status");
    input.onfocus = () => (input.select(), this.ask(0));
    input.oninput = () => ((this.isMoved = false), this.ask(PAUSE_MS));
    input.onblur = () => this.close();
    input.onkeydown = (event) => this.press(event);
    this.popup.onpointerdown = (event) => event.preventDefault();
    this.options = [];
    this.paint();
    this.fill();
  },
  unmounted() {
    clearTimeout(this.timer);
  },
  watch: {
    value() {
      this.paint();
    },
    hint() {
      this.paint();
    },
    error() {
      this.paint();
    },
    found() {
      this.fill();
    },
  },
  methods: {
    paint() {
      if (document.activeElement !== this.input || this.popup.hidden) this.input.value = this.value;
      this.root.className = `fm-search${this.error ? " is-wrong" : ""}`;
      this.input.setAttribute("aria-invalid", this.error ? "true" : "false");
      setText(this.said, this.error || this.hint);
    },
    ask(pause) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        this.open();
        const isTyped = this.input.value !== this.value;
        this.$emit("find", isTyped ? this.input.value : "");
      }, pause);
    },
    open() {
      this.popup.hidden = false;
      this.input.setAttribute("aria-expanded", "true");
    },
    close() {
      clearTimeout(this.timer);
      this.popup.hidden = true;
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
      this.isMoved = false;
      this.input.value = this.value;
    },
    fill() {
      const { rows, note, isLoading } = this.found;
      const wanted = this.isMoved ? String(this.options[this.at]?.key) : null;
      this.list.replaceChildren();
      this.options = rows.map((row, i) => {
        const option = make(this.list, "div", "fm-search-row");
        option.id = `${this.list.id}-${i}`;
        option.setAttribute("role", "option");
        make(option, "b", "", row.symbol);
        make(option, "span", "fm-search-venue", row.venue);
        make(option, "span", "fm-search-pair", row.pair);
        make(option, "span", "fm-search-kind", row.kind);
        if (row.source) make(option, "span", `fm-pill is-${row.source}`, row.source);
        option.onclick = () => this.take(row.key);
        option.onpointermove = () => this.move(i);
        return { option, key: row.key };
      });
      // What the user moved to stays marked when a later answer brings the rows in another order.
      const kept = this.options.findIndex(({ key }) => String(key) === wanted);
      if (kept < 0) this.isMoved = false;
      this.mark(kept >= 0 ? kept : rows.length ? 0 : -1);
      setText(this.note, note);
      if (isLoading && !this.popup.hidden) this.ask(AGAIN_MS);
    },
    move(at) {
      this.isMoved = true;
      this.mark(at);
    },
    mark(at) {
      this.at = at;
      this.options.forEach(({ option }, i) => option.setAttribute("aria-selected", i === at ? "true" : "false"));
      const marked = this.options[at]?.option;
      if (marked) this.input.setAttribute("aria-activedescendant", marked.id);
      marked?.scrollIntoView({ block: "nearest" });
    },
    press(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        if (this.popup.hidden) return this.ask(0);
        const count = this.options.length;
        if (count) this.move((this.at + step + count) % count);
      } else if (event.key === "Enter") {
        event.preventDefault();
        const isMoved = !this.popup.hidden && this.at > 0;
        if (isMoved) this.take(this.options[this.at].key);
        else this.enter();
      } else if (event.key === "Escape") this.close();
    },
    enter() {
      const text = this.input.value;
      this.close();
      if (text !== this.value || this.error) this.$emit("enter", text);
    },
    take(key) {
      this.close();
      this.$emit("pick", key);
    },
  },
};
