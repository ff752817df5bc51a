// The parts of the cost, as a waterfall; every name opens its explanation.
import { listen, make, setText } from "fathom_feed";

export default {
  template: "<div></div>",
  mounted() {
    const table = make(this.$el, "table", "fm-costs");
    const head = make(make(table, "thead"), "tr");
    for (const title of ["Part", "", "bps", "Money", "Band, bps"]) {
      make(head, "th", "", title).scope = "col";
    }
    this.body = make(table, "tbody");
    this.shape = "";
    this.stop = listen("cost", this.show);
  },
  unmounted() {
    this.stop();
  },
  methods: {
    show(cost) {
      const shape = cost.rows.map((row) => row.kind + row.place + (row.note ? "!" : "")).join();
      if (shape !== this.shape) this.build(cost.rows, shape);
      cost.rows.forEach((row, i) => this.fill(this.lines[i], row));
    },
    build(rows, shape) {
      this.shape = shape;
      this.body.replaceChildren();
      this.lines = rows.map((row) => {
        const line = make(this.body, "tr", "is-" + row.place);
        const name = make(line, "td");
        if (row.place === "total") {
          make(name, "span", "", row.label).style.paddingLeft = "6px";
        } else {
          const button = make(name, "button", "", row.label);
          button.type = "button";
          button.title = "How this number comes about";
          button.onclick = () => this.$emit("explain", row.kind);
        }
        if (row.note) {
          const note = make(line, "td", "fm-note");
          note.colSpan = 4;
          return { note };
        }
        const beam = make(make(line, "td"), "span", "fm-beam");
        const cells = ["bps", "money", "band"].map((key) => {
          const cell = make(line, "td");
          cell.dataset.testid = `${row.kind}-${key}`;
          return cell;
        });
        return { bar: make(beam, "i"), cells };
      });
    },
    fill(line, row) {
      if (line.note) return setText(line.note, row.note);
      line.bar.className = row.gain ? "is-gain" : "";
      line.bar.style.transform = `translateX(${100 * row.start}%) scaleX(${row.width})`;
      setText(line.cells[0], row.bps);
      setText(line.cells[1], row.money);
      setText(line.cells[2], row.band);
    },
  },
};
