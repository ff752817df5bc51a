// The parts of the cost, as a waterfall; every name opens its explanation.
import { listen, make, setText } from "fathom_feed";

export default {
  template: "<div></div>",
  mounted() {
    const table = make(this.$el, "table", "fm-costs");
    const head = make(make(table, "thead"), "tr");
    const heads = ["Part", "Share", "bps", "Money", "Band, bps"].map((title) => {
      const cell = make(head, "th", "", title);
      cell.scope = "col";
      return cell;
    });
    this.currency = heads[3];
    this.body = make(table, "tbody");
    this.shape = "";
    this.stop = listen("cost", this.show);
  },
  unmounted() {
    this.stop();
  },
  methods: {
    show(cost) {
      const shape = cost.parts.map(([kind, place, , note]) => kind + place + !note).join();
      if (shape !== this.shape) this.build(cost.parts, shape);
      setText(this.currency, cost.currency);
      cost.parts.forEach(([, , , note], i) => this.fill(this.lines[i], note, cost.figures[i]));
    },
    build(parts, shape) {
      this.shape = shape;
      this.body.replaceChildren();
      this.lines = parts.map(([kind, place, label, note]) => {
        const line = make(this.body, "tr", "is-" + place);
        this.name(make(line, "td"), kind, place, label);
        if (note) {
          const cell = make(line, "td", "fm-note");
          cell.colSpan = 4;
          return { note: cell };
        }
        const beam = make(make(line, "td"), "span", "fm-beam");
        const cells = ["bps", "money", "band"].map((key) => {
          const cell = make(line, "td");
          cell.dataset.testid = `${kind}-${key}`;
          return cell;
        });
        return { bar: make(beam, "i"), cells };
      });
    },
    name(cell, kind, place, label) {
      const button = make(cell, "button", "", label);
      button.type = "button";
      button.title = "How this number comes about";
      button.onclick = () => this.$emit("explain", kind);
    },
    fill(line, note, figures) {
      if (line.note) return setText(line.note, note);
      const [bps, money, band, start, width] = figures.split("|");
      line.bar.className = bps.startsWith("−") ? "is-gain" : "";
      line.bar.style.transform = `translateX(${100 * start}%) scaleX(${width})`;
      [bps, money, band].forEach((text, i) => setText(line.cells[i], text));
    },
  },
};
