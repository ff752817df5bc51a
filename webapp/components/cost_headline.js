// The answer: what it costs, how sure, and why not when there is none.
import { listen, make, setText } from "fathom_feed";

const SPOKEN_EVERY_MS = 6000;

export default {
  template: "<div></div>",
  props: { facts: Array },
  mounted() {
    const root = (this.root = make(this.$el, "div", "is-loading"));
    const ask = make(root, "div", "fm-ask");
    const text = make(ask, "span", "fm-ask-text");
    this.side = make(text, "span");
    this.what = make(text, "span");
    this.trust = make(ask, "button", "fm-trust", "…");
    this.trust.type = "button";
    this.trust.title = "What is known about this book";
    this.doubts = make(ask, "ul", "fm-doubts");
    this.doubts.hidden = true;
    this.trust.onclick = () => this.open(this.doubts.hidden);
    this.trust.onblur = () => this.open(false);
    // A handler that gives false would swallow the key, Tab too.
    this.trust.onkeydown = (event) => {
      if (event.key === "Escape") this.open(false);
    };
    this.open(false);
    const total = make(root, "div", "fm-total");
    const big = make(total, "button", "fm-big fm-explain");
    this.explains(big, "total");
    big.dataset.testid = "total-bps";
    this.total = make(big, "span");
    this.unit = make(big, "small");
    this.money = make(total, "span", "fm-money");
    this.money.dataset.testid = "total-money";
    this.band = make(total, "span", "fm-band");
    this.why = make(root, "p", "fm-why");
    this.why.dataset.testid = "why";
    this.score = make(root, "p", "fm-score");
    this.score.dataset.testid = "score";
    const facts = make(root, "div", "fm-facts");
    this.values = this.facts.map((label) => {
      const fact = make(facts, "div", "fm-fact");
      this.explains(make(fact, "button", "fm-explain", label), label);
      return make(fact, "b");
    });
    this.warnings = make(root, "ul", "fm-warnings");
    this.spoken = make(root, "div", "fm-hidden");
    this.spoken.setAttribute("aria-live", "polite");
    this.spokenAt = 0;
    this.stop = listen("cost", this.show);
  },
  unmounted() {
    this.stop();
  },
  methods: {
    show(cost) {
      this.root.className = "is-" + cost.state;
      this.side.className = "is-" + cost.side;
      setText(this.side, cost.verb);
      setText(this.what, cost.what);
      this.trust.className = "fm-trust is-" + cost.grade;
      setText(this.trust, cost.trust);
      this.doubt(cost.doubts);
      setText(this.total, cost.total);
      setText(this.unit, cost.unit);
      setText(this.money, cost.money);
      setText(this.band, cost.band);
      setText(this.why, cost.why);
      setText(this.score, cost.score);
      this.values.forEach((node, i) => setText(node, cost.facts[i] ?? "–"));
      this.warn(cost.warnings);
      this.speak(cost);
    },
    explains(button, name) {
      button.type = "button";
      button.title = "How this number comes about";
      button.onclick = () => this.$emit("explain", name);
    },
    open(isOpen) {
      this.doubts.hidden = !isOpen;
      this.trust.setAttribute("aria-expanded", String(isOpen));
    },
    doubt(doubts) {
      const shape = JSON.stringify(doubts);
      if (shape === this.doubted) return;
      this.doubted = shape;
      this.doubts.replaceChildren();
      for (const [look, text] of doubts) make(this.doubts, "li", "is-" + look, text);
      if (!doubts.length) make(this.doubts, "li", "", "Nothing speaks against this book.");
    },
    warn(warnings) {
      const joined = warnings.join("\n");
      if (joined === this.warned) return;
      this.warned = joined;
      this.warnings.replaceChildren();
      for (const warning of warnings) make(this.warnings, "li", "", warning);
    },
    speak(cost) {
      if (performance.now() - this.spokenAt < SPOKEN_EVERY_MS) return;
      this.spokenAt = performance.now();
      const words = cost.why || `${cost.total} ${cost.unit}, ${cost.money}`;
      setText(this.spoken, `${cost.verb} ${cost.what}: ${words}`);
    },
  },
};
