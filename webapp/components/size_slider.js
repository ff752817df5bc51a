// A native range: arrows, Page Up and Home work as everywhere. Positions are steps of a log scale.
const EVERY_MS = 80;

export default {
  template: `<div class="fm-size" :class="{ 'is-off': !ends.length }">
    <input type="range" min="0" :max="steps" step="1" ref="range" :disabled="!ends.length"
      aria-label="Size, on a log scale" :aria-valuetext="said || 'not known yet'" :style="{ '--decades': decades }"
      @input="move" @change="settle" @keydown.stop>
    <span aria-hidden="true"><i>{{ ends[0] }}</i><i>{{ ends[1] }}</i></span></div>`,
  props: { steps: Number, position: Number, decades: Number, said: String, ends: Array },
  mounted() {
    this.place();
  },
  watch: {
    position: "place",
  },
  methods: {
    // What the server says moves the slider only while no hand is on it.
    place() {
      if (performance.now() - (this.movedAt ?? -1e9) < 700) return;
      this.$refs.range.value = this.position;
      this.paint();
    },
    paint() {
      const range = this.$refs.range;
      range.style.setProperty("--share", range.value / this.steps);
    },
    move() {
      this.movedAt = performance.now();
      this.paint();
      if (this.timer) return;
      this.timer = setTimeout(() => {
        this.timer = 0;
        this.tell();
      }, EVERY_MS);
    },
    settle() {
      clearTimeout(this.timer);
      this.timer = 0;
      this.tell();
    },
    tell() {
      const position = Number(this.$refs.range.value);
      if (position === this.told && position === this.position) return;
      this.told = position;
      this.$emit("move", position);
    },
  },
};
