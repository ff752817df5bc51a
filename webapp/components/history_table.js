// Saved estimates as rows: sorted by a press on a head, chosen by a tick, marked in place. The
// server says what stands in each cell; all of it is put in as text.
import { make } from "fathom_feed";

export default {
  template: "<div></div>",
  props: { heads: Array, rows: Array, sort: String, chosen: Array },
  mounted() {
    this.draw();
  },
  watch: {
    rows() {
      this.draw();
    },
    sort() {
      this.draw();
    },
    chosen() {
      this.draw();
    },
  },
  methods: {
    draw() {
      const focus = document.activeElement?.dataset?.key;
      this.$el.replaceChildren();
      const table = make(make(this.$el, "div", "fm-scroll"), "table", "fm-table fm-history");
      make(table, "caption", "fm-hidden", "Saved estimates");
      this.head(make(make(table, "thead"), "tr"));
      const body = make(table, "tbody");
      for (const row of this.rows) this.line(make(body, "tr"), row);
      if (focus) this.$el.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
    },
    head(line) {
      const all = this.tick(make(line, "th"), "all", "Choose all lines of this page");
      all.checked = this.rows.length > 0 && this.rows.every((row) => this.chosen.includes(row.id));
      all.onchange = () => this.$emit("choose", all.checked ? this.rows.map((row) => row.id) : []);
      for (const [title, look, key] of this.heads) {
        const cell = make(line, "th", look);
        cell.scope = "col";
        if (!key) {
          cell.textContent = title;
          continue;
        }
        const is = this.sort === key ? "ascending" : this.sort === "-" + key ? "descending" : "none";
        cell.setAttribute("aria-sort", is);
        const button = make(cell, "button", "fm-sort", title);
        button.type = "button";
        button.dataset.key = "sort " + key;
        button.onclick = () => this.$emit("sort", is === "descending" ? key : "-" + key);
      }
      make(make(line, "th"), "span", "fm-hidden", "Actions");
    },
    line(line, row) {
      const tick = this.tick(make(line, "td", "is-tick"), "row " + row.id, `Choose number ${row.id}`);
      tick.checked = this.chosen.includes(row.id);
      line.classList.toggle("is-chosen", tick.checked);
      tick.onchange = () =>
        this.$emit("choose", tick.checked ? [...this.chosen, row.id] : this.chosen.filter((id) => id !== row.id));
      row.cells.forEach(([text, look, note], i) => {
        const cell = make(line, "td", this.heads[i][1]);
        cell.dataset.label = this.heads[i][0];
        make(cell, "span", look, text);
        if (note) make(cell, "small", "", note);
      });
      this.marks(make(line, "td", "is-marks"), row);
      const actions = make(line, "td", "is-actions");
      for (const [name, label] of [["open", "Open"], ["receipt", "Receipt"], ["delete", "Delete"]]) {
        const button = make(actions, "button", "fm-link fm-text-button", label);
        button.type = "button";
        button.dataset.key = `${name} ${row.id}`;
        button.setAttribute("aria-label", `${label} number ${row.id}`);
        button.onclick = () => this.$emit("act", [name, row.id]);
      }
    },
    tick(parent, key, label) {
      const box = make(parent, "input", "fm-tick");
      box.type = "checkbox";
      box.dataset.key = key;
      box.setAttribute("aria-label", label);
      return box;
    },
    marks(cell, row) {
      cell.dataset.label = "Tags and note";
      for (const tag of row.tags) make(cell, "span", "fm-tag-pill", tag);
      if (row.note) make(cell, "small", "", row.note);
      const edit = make(cell, "button", "fm-link fm-text-button", row.tags.length || row.note ? "Edit" : "Add");
      edit.type = "button";
      edit.dataset.key = "mark " + row.id;
      edit.setAttribute("aria-label", `Tags and note of number ${row.id}`);
      edit.onclick = () => this.edit(cell, row);
    },
    edit(cell, row) {
      cell.replaceChildren();
      const form = make(cell, "form", "fm-marking");
      const field = (label, value, most) => {
        const input = make(form, "input");
        input.value = value;
        input.placeholder = label;
        input.maxLength = most;
        input.setAttribute("aria-label", `${label} of number ${row.id}`);
        return input;
      };
      const tags = field("Tags, with commas", row.tags.join(", "), 800);
      const note = field("Note", row.note, 2000);
      make(form, "button", "fm-link fm-text-button", "Keep").type = "submit";
      const end = () => {
        this.draw();
        this.$el.querySelector(`[data-key="mark ${row.id}"]`)?.focus();
      };
      form.onsubmit = (event) => {
        event.preventDefault();
        this.$emit("mark", [row.id, tags.value, note.value]);
        end();
      };
      form.onkeydown = (event) => void (event.key === "Escape" && end());
      tags.focus();
    },
  },
};
