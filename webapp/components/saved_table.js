// Saved estimates as rows; the server says what stands in each cell.
import { make } from "fathom_feed";

export default {
  template: "<div></div>",
  props: { heads: Array, rows: Array },
  mounted() {
    this.draw();
  },
  watch: {
    rows() {
      this.draw();
    },
  },
  methods: {
    draw() {
      this.$el.replaceChildren();
      const table = make(make(this.$el, "div", "fm-scroll"), "table", "fm-table");
      const head = make(make(table, "thead"), "tr");
      for (const [title, look] of [...this.heads, ["", ""]]) make(head, "th", look, title).scope = "col";
      const body = make(table, "tbody");
      for (const row of this.rows) {
        const line = make(body, "tr");
        row.cells.forEach(([text, look], i) => {
          const cell = make(line, "td", this.heads[i][1]);
          make(cell, "span", look, text);
        });
        const actions = make(line, "td", "is-number");
        const open = make(actions, "a", "fm-link", "Open");
        open.href = row.link;
        open.title = "Open this order in the ticket";
        const forget = make(actions, "button", "fm-link fm-text-button", "Delete");
        forget.type = "button";
        forget.setAttribute("aria-label", `Delete number ${row.id}`);
        forget.onclick = () => this.$emit("forget", row.id);
      }
    },
  },
};
