// Pairs of a label and a value that the server keeps up to date. Without labels of its own it
// shows those that come with the values.
import { listen, make, setText } from "fathom_feed";

export default {
  template: "<div></div>",
  props: { topic: String, labels: Array, look: String, explains: Array },
  mounted() {
    this.root = make(this.$el, "div", this.look);
    this.build(this.labels ?? []);
    this.stop = listen(this.topic, this.show);
  },
  unmounted() {
    this.stop();
  },
  methods: {
    build(labels) {
      this.shown = labels.join();
      this.root.replaceChildren();
      this.values = labels.map((label) => {
        const pair = make(this.root, "span", "", this.explains?.includes(label) ? "" : label);
        if (this.explains?.includes(label)) this.explain(make(pair, "button", "fm-explain", label), label);
        return { pair, value: make(pair, "b", "", "–") };
      });
    },
    explain(button, label) {
      button.type = "button";
      button.title = "How this number comes about";
      button.onclick = () => this.$emit("explain", label);
    },
    show(readings) {
      if (!this.labels) {
        const labels = readings.map(([label]) => label);
        if (labels.join() !== this.shown) this.build(labels);
        readings = readings.map(([, text, grade]) => [text, grade]);
      }
      this.values.forEach(({ pair, value }, i) => {
        const reading = readings[i] ?? "–";
        const [text, grade] = Array.isArray(reading) ? reading : [reading, ""];
        setText(value, text);
        if (pair.className !== grade) pair.className = grade;
      });
    },
  },
};
