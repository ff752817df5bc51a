// A line chart that follows a history of the feed; the buffer is in the browser.
import { histories, listen, zone } from "fathom_feed";

const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB", { timeZone: zone() });
const digits = (value, decimals) =>
  value == null ? "–" : value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

export default {
  template: "<div></div>",
  props: { name: String, series: Array, axis: String, unit: String, picks: Boolean },
  async mounted() {
    this.stops = [
      listen("mark", (mark) => (this.marked = mark)),
      listen("history " + this.name, () => this.draw()),
    ];
    const { echarts } = await import("nicegui-echart");
    if (!this.$el.isConnected) return;
    this.chart = echarts.init(this.$el);
    if (this.picks) {
      this.$el.style.cursor = "crosshair";
      this.chart.getZr().on("click", ({ offsetX, offsetY }) => {
        const place = [offsetX, offsetY];
        if (this.chart.containPixel("grid", place)) this.$emit("pick", this.chart.convertFromPixel({ seriesIndex: 0 }, place)[0]);
      });
    }
    this.resizes = new ResizeObserver(() => this.chart.resize());
    this.resizes.observe(this.$el);
    this.themes = new MutationObserver(() => this.draw(true));
    this.themes.observe(document.body, { attributeFilter: ["class"] });
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
    draw(anew = false) {
      if (!this.chart) return;
      const theme = document.body.classList.contains("body--light");
      if (anew && theme === this.theme && this.isDrawn) return;
      const history = histories[this.name] ?? { rows: [], decimals: [] };
      if (anew) {
        this.theme = theme;
        this.isDrawn = true;
        this.chart.setOption(this.frame(), { notMerge: true });
      }
      this.decimals = history.decimals;
      this.chart.setOption({
        series: this.series.map((line, i) => ({
          data: history.rows.map((row) => [row[0], row[i + 1]]),
          ...(line.marks ? { markPoint: this.mark(this.marked) } : {}),
        })),
      });
    },
    mark(mark) {
      const label = { show: true, position: "top", distance: 8, color: this.color("text"), fontSize: 11, formatter: () => mark.label };
      return { symbol: "circle", symbolSize: 9, silent: true, animation: false, label,
        itemStyle: { color: this.color("text"), borderColor: this.color("panel"), borderWidth: 2 },
        data: mark ? [{ coord: [mark.size, mark.bps] }] : [] };
    },
    frame() {
      const muted = this.color("muted"), line = this.color("line"), text = this.color("text");
      const label = { color: muted, fontSize: 10.5, hideOverlap: true };
      const sides = this.series.some((s) => s.right) ? [0, 1] : [0];
      const x = this.axis === "time"
        ? { type: "time", axisLabel: { ...label, formatter: (ms) => clock(ms).slice(0, 8) }, minInterval: 10000, splitNumber: 4, min: (seen) => Math.min(seen.min, seen.max - 60000) }
        : this.axis === "value"
        ? { type: "value", scale: true, axisLabel: { ...label, formatter: (v) => digits(v, 2) } }
        : { type: "log", min: "dataMin", max: "dataMax", axisLabel: { ...label, formatter: (v) => (v >= 1 ? digits(v, 0) : String(+v.toPrecision(2))) } };
      return {
        animation: false,
        textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
        grid: { left: 8, right: sides.length > 1 ? 8 : 14, top: 26, bottom: 4, containLabel: true },
        legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 3, itemGap: 12, selectedMode: false, textStyle: { color: muted, fontSize: 11 }, data: this.series.filter((s) => !s.quiet).map((s) => s.label) },
        tooltip: { trigger: "axis", transitionDuration: 0, confine: true, backgroundColor: this.color("raised"), borderColor: this.color("line-strong"), padding: [5, 9], textStyle: { color: text, fontSize: 12 }, axisPointer: { lineStyle: { color: muted } }, renderMode: "richText", formatter: (points) => this.tip(points) },
        xAxis: { ...x, axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, splitLine: { show: false } },
        yAxis: sides.map((side) => ({ type: "value", scale: true, splitNumber: 4, minInterval: 0.01, position: side ? "right" : "left", axisLabel: { ...label, formatter: (v) => digits(v, Math.min(2, this.decimals?.[this.series.findIndex((s) => !!s.right === !!side)] ?? 2)) }, splitLine: { show: !side, lineStyle: { color: line } } })),
        series: this.series.map((s) => ({ type: "line", name: s.label, showSymbol: false, connectNulls: false, silent: true, yAxisIndex: s.right ? 1 : 0, step: s.step ? "end" : false, color: this.color(s.color), lineStyle: { width: s.quiet ? 0.8 : 1.5, opacity: s.quiet ? 0.6 : 1, type: s.dashed ? "dashed" : "solid" }, areaStyle: s.fill ? { opacity: 0.1 } : undefined, data: [] })),
      };
    },
    tip(points) {
      const at = points[0].axisValue;
      const head = this.axis === "time" ? clock(at) : `${+Number(at).toPrecision(4)} ${this.unit}`;
      return [head, ...points.map((p) => `${p.seriesName}  ${digits(p.value[1], this.decimals?.[p.seriesIndex] ?? 2)}`)].join("\n");
    },
  },
};
