// Cards beside what they talk about, one after the other. Escape or Skip ends it; arrows and buttons move.
export default {
  template: `<div v-if="at >= 0" class="fm-tour" role="dialog" aria-modal="true" :aria-label="step.title" @keydown="key">
    <div class="fm-tour-hole" :style="hole"></div>
    <div class="fm-tour-card" :style="card" ref="card" tabindex="-1">
      <small>{{ at + 1 }} of {{ steps.length }}</small><b>{{ step.title }}</b><p>{{ step.text }}</p>
      <div><button type="button" class="fm-link fm-text-button" @click="end">Skip</button><span class="fm-spring"></span>
      <button v-if="at" type="button" class="fm-link fm-text-button" @click="move(-1)">Back</button>
      <button type="button" class="fm-tour-next" @click="move(1)">{{ at + 1 === steps.length ? "Done" : "Next" }}</button></div>
    </div></div>`,
  props: { steps: Array },
  data: () => ({ at: -1, hole: {}, card: {} }),
  computed: {
    step() {
      return this.steps[this.at];
    },
  },
  mounted() {
    window.addEventListener("resize", this.place);
  },
  unmounted() {
    window.removeEventListener("resize", this.place);
  },
  methods: {
    begin() {
      this.before = document.activeElement;
      this.at = 0;
      this.show();
    },
    move(by) {
      this.at += by;
      if (this.at >= this.steps.length) this.end();
      else this.show();
    },
    end() {
      this.at = -1;
      this.before?.focus?.();
      this.$emit("end");
    },
    key(event) {
      if (event.key === "Escape") this.end();
      else if (event.key === "ArrowRight") this.move(1);
      else if (event.key === "ArrowLeft" && this.at) this.move(-1);
    },
    async show() {
      this.$emit("step", this.at);
      document.querySelector(this.step.at)?.scrollIntoView({ block: "center" });
      await this.$nextTick();
      this.place();
      this.$refs.card?.querySelector(".fm-tour-next").focus();
    },
    place() {
      if (this.at < 0) return;
      const target = document.querySelector(this.step.at)?.getBoundingClientRect();
      const width = Math.min(320, innerWidth - 24), height = 190;
      if (!target) {
        this.hole = { display: "none" };
        this.card = { width: width + "px", left: (innerWidth - width) / 2 + "px", top: "30%" };
        return;
      }
      const top = Math.max(target.top, 4), bottom = Math.min(target.bottom, innerHeight - 4);
      this.hole = { left: target.left - 4 + "px", top: top - 4 + "px", width: target.width + 8 + "px", height: bottom - top + 8 + "px" };
      const isBeside = target.right + width + 24 < innerWidth;
      const left = isBeside ? target.right + 14 : Math.max(12, Math.min(target.left, innerWidth - width - 12));
      const under = bottom + height + 14 < innerHeight ? bottom + 12 : Math.max(12, innerHeight - height - 16);
      this.card = { width: width + "px", left: left + "px", top: (isBeside ? Math.min(top, innerHeight - height - 16) : under) + "px" };
    },
  },
};
