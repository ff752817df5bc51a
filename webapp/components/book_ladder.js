// Asks above, bids below, best in the middle; what the order would take is marked.
import { listen, make, setText } from "fathom_feed";

export default {
  template: "<div></div>",
  props: { depth: Number, always: Number, groupings: Array, every: String },
  mounted() {
    this.root = make(this.$el, "div", "is-loading");
    const title = make(this.root, "h2", "fm-title", "Order book");
    this.stale = make(title, "span", "fm-stale");
    this.note = make(title, "small");
    this.choice(title);
    const table = make(this.root, "div", "fm-ladder");
    table.setAttribute("role", "table");
    table.setAttribute("aria-label", "Order book, asks above bids");
    const head = this.row(table, "fm-ladder-head");
    this.heads = ["", "Price", "Size", "Sum"].map((text) => this.cell(head, "", text, "columnheader"));
    const asks = this.side(table, "is-ask");
    this.levels = { sell: [], buy: asks.reverse() };
    const middle = make(table, "div", "fm-middle");
    this.mid = make(middle, "b");
    this.mid.dataset.testid = "mid";
    this.spread = make(middle, "span");
    this.levels.sell = this.side(table, "is-bid");
    this.takes = make(this.root, "p", "fm-takes");
    this.stops = [listen("ladder", this.show), listen("takes", this.mark)];
  },
  unmounted() {
    this.stops.forEach((stop) => stop());
  },
  watch: {
    every() {
      this.group.value = this.every;
    },
  },
  methods: {
    choice(title) {
      this.group = make(title, "select", "fm-group");
      this.group.setAttribute("aria-label", "Price step of a row");
      this.steps = this.groupings.map((every) => {
        const option = make(this.group, "option", "", every + " ×");
        option.value = every;
        return option;
      });
      this.group.value = this.every;
      this.group.onchange = () => this.$emit("group", this.group.value);
    },
    row(parent, className) {
      const row = make(parent, "div", className);
      row.setAttribute("role", "row");
      return row;
    },
    cell(row, className, text, role = "cell") {
      const cell = make(row, "span", className, text);
      cell.setAttribute("role", role);
      return cell;
    },
    side(table, kind) {
      return Array.from({ length: this.depth }, (_, i) => {
        const place = kind === "is-ask" ? this.depth - 1 - i : i;
        const look = `fm-level ${kind}${place < this.always ? "" : " is-deep"}`;
        const row = this.row(table, look);
        const bar = make(row, "i", "fm-bar");
        const [tag, price, size, cum] = ["fm-tag", "fm-price", "", "fm-cum"].map((name) => this.cell(row, name));
        return { row, bar, tag, price, size, cum, look };
      });
    },
    show(ladder) {
      this.root.className = ladder.stale ? "is-untrusted" : "";
      setText(this.stale, ladder.stale);
      setText(this.note, ladder.note);
      ladder.groups.forEach((step, i) => setText(this.steps[i], step));
      setText(this.heads[1], ladder.heads[0]);
      setText(this.heads[2], ladder.heads[1]);
      setText(this.mid, ladder.mid);
      setText(this.spread, ladder.spread);
      const asks = this.fill(this.levels.buy, ladder.asks);
      const bids = this.fill(this.levels.sell, ladder.bids);
      const deepest = Math.max(asks, bids);
      this.bars(this.levels.buy, asks, deepest);
      this.bars(this.levels.sell, bids, deepest);
    },
    // Sums add the sizes as they are shown, in whole numbers of their last digit.
    fill(rows, texts) {
      let sum = 0;
      const levels = texts.map((text) => {
        const [price, size] = text.split(" ");
        return { price, size, sum: (sum += Number(size.replace(/\D/g, ""))) };
      });
      const decimals = texts.length ? (levels[0].size.split(".")[1] ?? "").length : 0;
      const written = (units) => (units / 10 ** decimals).toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
      rows.forEach((at, i) => {
        const level = levels[i];
        at.total = level?.sum ?? 0;
        setText(at.price, level?.price ?? "");
        setText(at.size, level?.size ?? "");
        setText(at.cum, level ? written(level.sum) : "");
      });
      return sum / 10 ** decimals;
    },
    bars(rows, held, deepest) {
      const last = Math.max(...rows.map((at) => at.total));
      rows.forEach((at) => {
        const share = deepest && last ? ((at.total / last) * held) / deepest : 0;
        if (at.share !== share) at.bar.style.transform = `scaleX(${(at.share = share)})`;
      });
    },
    mark(takes) {
      setText(this.takes, takes.text);
      for (const side of ["buy", "sell"]) {
        this.levels[side].forEach((at, i) => {
          const eaten = side === takes.side && i < takes.levels;
          const part = eaten && i === takes.levels - 1 && takes.part;
          const rests = takes.rests && side !== takes.side && at.price.shownText === takes.rests;
          const name = `${at.look}${eaten ? " is-eaten" : ""}${part ? " is-part" : ""}${rests ? " is-own" : ""}`;
          if (at.row.className !== name) at.row.className = name;
          const isLast = i === takes.levels - 1;
          const tag = i === takes.average ? (isLast ? "fill" : "avg") : isLast ? "last" : "•";
          setText(at.tag, eaten ? tag : rests ? "rest" : "");
        });
      }
    },
  },
};
