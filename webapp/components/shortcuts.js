// Keys that mean something anywhere on the page, but never while something is typed.
const isTyping = (node) => node.closest("input, textarea, select, [contenteditable], [role=combobox], [role=dialog]");

export default {
  template: "<span hidden></span>",
  props: { keys: Array, pages: Object },
  mounted() {
    document.addEventListener("keydown", this.press);
  },
  unmounted() {
    document.removeEventListener("keydown", this.press);
  },
  methods: {
    press(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
      if (event.key === " " && event.target.closest("button, a, summary")) return;
      const goes = this.waits && performance.now() - this.waits < 1500 ? this.pages[event.key] : undefined;
      this.waits = event.key === "g" ? performance.now() : 0;
      const name = goes ? "go " + goes : this.keys.includes(event.key) ? event.key : "";
      if (!name) return;
      event.preventDefault();
      const field = { "/": ".fm-search input", q: "input[aria-label=Quantity]" }[event.key];
      if (!goes && field) document.querySelector(field)?.select();
      else if (name === "w") document.querySelector(".fm-actions button:nth-child(3)")?.click();
      else this.$emit("key", name);
    },
  },
};
