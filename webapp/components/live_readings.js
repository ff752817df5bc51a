// Pairs of a label and a value that the server keeps up to date.
import { listen, make, setText } from "fathom_feed";

export default {
  template: "<div></div>",
  props: { topic: String, labels: Array, look: String },
  mounted() {
    const root = make(this.$el, "div", this.look);
    this.values = this.labels.map((label) => {
      const pair = make(root, "span", "", label);
      return { pair, value: make(pair, "b", "", "–") };
    });
    this.stop = listen(this.topic, this.show);
  },
  unmounted() {
    this.stop();
  },
  methods: {
    show(readings) {
      this.values.forEach(({ pair, value }, i) => {
        const reading = readings[i] ?? "–";
        const [text, grade] = Array.isArray(reading) ? reading : [reading, ""];
        setText(value, text);
        if (pair.className !== grade) pair.className = grade;
      });
    },
  },
};
