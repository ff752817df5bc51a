// One bar an assumption, from the total at its low end to the total at its high end; the line is
// the total as it is now.
import { listen, make, setText } from "fathom_feed";

const HEADS = ["Assumption", "Total from … to", "bps", "Swing, bps"];

export default {
  template: "<div></div>",
  mounted() {
    const table = make(this.$el, "table", "fm-costs fm-swings");
    make(table, "caption", "fm-hidden", "How far each assumption moves the total");
    const head = make(make(table, "thead"), "tr");
    for (const title of HEADS) make(head, "th", "", title).scope = "col";
    this.body = make(table, "tbody");
    this.none = make(this.$el, "p", "fm-none");
    this.lines = [];
    this.stop = listen("swings", this.show);
  },
  unmounted() {
    this.stop();
  },
  methods: {
    show(swings) {
      const names = swings.rows.map(([name]) => name).join("|");
      if (names !== this.names) this.build(names, swings.rows);
      setText(this.none, swings.none);
      this.none.hidden = swings.rows.length > 0;
      swings.rows.forEach((row, i) => this.fill(this.lines[i], row, swings.now));
    },
    build(names, rows) {
      this.names = names;
      this.body.replaceChildren();
      this.lines = rows.map(([name]) => {
        const line = make(this.body, "tr");
        const cell = make(line, "td");
        make(cell, "span", "fm-name", name);
        const note = make(cell, "small", "fm-caption");
        const beam = make(make(line, "td"), "span", "fm-beam");
        const bar = make(beam, "i");
        const now = make(beam, "em", "fm-now");
        return { note, bar, now, span: make(line, "td"), swing: make(line, "td") };
      });
    },
    fill(line, [, note, span, swing, start, width], now) {
      setText(line.note, note);
      setText(line.span, span);
      setText(line.swing, swing);
      line.bar.style.transform = `translateX(${100 * start}%) scaleX(${width})`;
      line.now.style.left = `${100 * now}%`;
    },
  },
};
