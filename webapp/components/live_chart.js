// A line chart that follows a history of the feed; the buffer is in the browser.
import { histories, listen, make, zone } from "fathom_feed";

const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB", { timeZone: zone() });
const digits = (value, decimals) =>
  value == null ? "–" : value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
const chosen = {}; // the range of a chart outlives a visit to another page

export default {
  template: "<div></div>",
  props: { name: String, series: Array, axis: String, unit: String, ranges: Array, said: String, picks: Boolean },
  async mounted() {
    // Where a line's own column stands: a band takes the two after it.
    let column = 1;
    this.columns = this.series.map((line) => [column, (column += line.band ? 3 : 1)][0]);
    this.topics = this.series.map((line) => line.marks).filter(Boolean);
    this.marked = {};
    this.stops = [
      ...this.topics.map((topic) => listen(topic, (mark) => (this.marked[topic] = mark))),
      listen("history " + this.name, () => this.draw()),
    ];
    this.place = make(this.$el, "div", "fm-canvas");
    this.place.setAttribute("role", "img");
    this.place.setAttribute("aria-label", this.said || this.series.map((line) => line.label).join(", "));
    this.seconds = chosen[this.name] ?? this.ranges?.[1]?.[1] ?? 0;
    this.choices();
    const { echarts } = await import("nicegui-echart");
    if (!this.$el.isConnected) return;
    this.chart = echarts.init(this.place);
    if (this.picks) {
      this.place.style.cursor = "crosshair";
      this.chart.getZr().on("click", ({ offsetX, offsetY }) => {
        const place = [offsetX, offsetY];
        if (this.chart.containPixel("grid", place)) this.$emit("pick", this.chart.convertFromPixel({ seriesIndex: 0 }, place)[0]);
      });
    }
    this.resizes = new ResizeObserver(() => this.chart.resize());
    this.resizes.observe(this.place);
    this.themes = new MutationObserver(() => this.draw(true));
    this.themes.observe(document.body, { attributeFilter: ["class", "data-palette"] });
    this.draw(true);
  },
  unmounted() {
    this.stops.forEach((stop) => stop());
    this.resizes?.disconnect();
    this.themes?.disconnect();
    this.chart?.dispose();
  },
  methods: {
    color(name) {
      return getComputedStyle(document.body).getPropertyValue("--" + name).trim();
    },
    show(history) {
      histories[this.name] = history;
      this.draw();
    },
    choices() {
      if (!this.ranges?.length) return;
      const group = make(this.$el, "div", "fm-ranges");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", "Time shown");
      const buttons = this.ranges.map(([label, seconds]) => {
        const button = make(group, "button", "", label);
        button.type = "button";
        button.onclick = () => press(seconds);
        return [button, seconds];
      });
      const press = (seconds) => {
        this.seconds = chosen[this.name] = seconds;
        for (const [button, of] of buttons) button.setAttribute("aria-pressed", String(of === seconds));
        this.draw();
      };
      press(this.seconds);
    },
    shown(history) {
      if (!this.seconds || !history.rows.length) return history.rows;
      const first = history.rows.at(-1)[0] - 1000 * this.seconds;
      return history.rows.filter((row) => row[0] >= first);
    },
    draw(anew = false) {
      if (!this.chart) return;
      const look = document.body.className.includes("body--light") + (document.body.dataset.palette ?? "");
      if (anew && look === this.look && this.isDrawn) return;
      const history = histories[this.name] ?? { rows: [], decimals: [] };
      if (anew) {
        this.look = look;
        this.isDrawn = true;
        this.chart.setOption(this.frame(), { notMerge: true });
      }
      this.decimals = history.decimals;
      this.rows = this.shown(history);
      const named = this.series.filter((s, i) => !s.quiet && (!this.rows.length || this.rows.some((row) => row[this.columns[i]] != null)));
      this.chart.setOption({ legend: { data: named.map((s) => s.label) }, series: this.series.flatMap((line, i) => this.fill(line, this.columns[i])) });
    },
    fill(line, at) {
      const rows = this.rows;
      const own = {
        data: rows.map((row) => [row[0], row[at]]),
        ...(line.marks ? { markPoint: this.mark(this.marked[line.marks]) } : {}),
      };
      if (!line.band) return [own];
      const wide = (row) => (row[at + 1] == null || row[at + 2] == null ? null : row[at + 2] - row[at + 1]);
      return [own, { data: rows.map((row) => [row[0], row[at + 1]]) }, { data: rows.map((row) => [row[0], wide(row)]) }];
    },
    mark(mark) {
      const label = { show: true, position: "top", distance: 8, color: this.color("text"), fontSize: 11, formatter: () => mark.label };
      return { symbol: "circle", symbolSize: 9, silent: true, animation: false, label,
        itemStyle: { color: this.color("text"), borderColor: this.color("panel"), borderWidth: 2 },
        data: mark ? [{ coord: [mark.x, mark.y] }] : [] };
    },
    lines(s) {
      const axis = s.right ? 1 : 0, color = this.color(s.color);
      const own = { type: "line", name: s.label, showSymbol: false, connectNulls: false, silent: true, yAxisIndex: axis, step: s.step ? "end" : false, color, lineStyle: { width: s.quiet ? 0.8 : 1.5, opacity: s.quiet ? 0.6 : 1, type: s.dashed ? "dashed" : "solid" }, areaStyle: s.fill ? { opacity: 0.1 } : undefined, z: 3, data: [] };
      if (!s.band) return [own];
      const edge = { type: "line", name: s.label + " band", stack: s.label + " band", stackStrategy: "all", showSymbol: false, silent: true, yAxisIndex: axis, color, lineStyle: { width: 0 }, data: [] };
      return [own, edge, { ...edge, areaStyle: { opacity: 0.17 } }];
    },
    frame() {
      const muted = this.color("muted"), line = this.color("line"), text = this.color("text");
      const label = { color: muted, fontSize: 10.5, hideOverlap: true };
      const sides = this.series.some((s) => s.right) ? [0, 1] : [0];
      const x = this.axis === "time"
        ? { type: "time", axisLabel: { ...label, formatter: (ms) => clock(ms).slice(0, 8) }, minInterval: 10000, splitNumber: 4, min: (seen) => Math.min(seen.min, seen.max - 60000) }
        : this.axis === "value"
        ? { type: "value", scale: true, min: "dataMin", max: "dataMax", splitNumber: 4, axisLabel: { ...label, formatter: (v) => digits(v, v >= 10000 ? 0 : 2) } }
        : { type: "log", min: "dataMin", max: "dataMax", axisLabel: { ...label, formatter: (v) => (v >= 1 ? digits(v, 0) : String(+v.toPrecision(2))) } };
      return {
        animation: false,
        textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
        grid: { left: 8, right: sides.length > 1 ? 8 : 14, top: 26, bottom: 4, containLabel: true },
        legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 3, itemGap: 12, selectedMode: false, textStyle: { color: muted, fontSize: 11 }, data: this.series.filter((s) => !s.quiet).map((s) => s.label) },
        tooltip: { trigger: "axis", transitionDuration: 0, confine: true, backgroundColor: this.color("raised"), borderColor: this.color("line-strong"), padding: [5, 9], textStyle: { color: text, fontSize: 12 }, axisPointer: { lineStyle: { color: muted } }, renderMode: "richText", formatter: (points) => this.tip(points) },
        xAxis: { ...x, axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, splitLine: { show: false } },
        yAxis: sides.map((side) => ({ type: "value", scale: true, splitNumber: 4, minInterval: 0.01, position: side ? "right" : "left", axisLabel: { ...label, formatter: (v) => digits(v, Math.min(2, this.decimals?.[this.series.findIndex((s) => !!s.right === !!side)] ?? 2)) }, splitLine: { show: !side, lineStyle: { color: line } } })),
        series: this.series.flatMap((s) => this.lines(s)),
      };
    },
    tip(points) {
      const at = points[0].axisValue, row = this.rows[points[0].dataIndex] ?? [];
      const head = this.axis === "time" ? clock(at) : `${this.axis === "log" ? +Number(at).toPrecision(4) : digits(at, 2)} ${this.unit}`;
      const said = this.series.map((line, i) => {
        const column = this.columns[i], decimals = this.decimals?.[column - 1] ?? 2;
        if (row[column] == null) return "";
        const hasBand = line.band && row[column + 1] != null && row[column + 1] !== row[column + 2];
        const band = hasBand ? `  (${digits(row[column + 1], decimals)} … ${digits(row[column + 2], decimals)})` : "";
        return `${line.label}  ${digits(row[column], decimals)}${band}`;
      });
      return [head, ...said.filter(Boolean)].join("\n");
    },
  },
};
