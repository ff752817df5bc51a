// A chart of what was kept, drawn anew when the data or the light changes. All text in it is drawn
// on a canvas, so nothing of the data can become part of the page.
const digits = (value, decimals = 2) =>
  value == null ? "–" : value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
const stamp = (ms) => new Date(ms).toISOString().slice(0, 19).replace("T", " ") + " UTC";

export default {
  template: "<div></div>",
  props: { text: String, kind: String, unit: String, across: String },
  async mounted() {
    const { echarts } = await import("nicegui-echart");
    if (!this.$el.isConnected) return;
    this.chart = echarts.init(this.$el);
    this.resizes = new ResizeObserver(() => this.chart.resize());
    this.resizes.observe(this.$el);
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.body, { attributeFilter: ["class"] });
    this.chart.on("click", (event) => event.data?.id && this.$emit("pick", event.data.id));
    this.draw();
  },
  unmounted() {
    this.resizes?.disconnect();
    this.themes?.disconnect();
    this.chart?.dispose();
  },
  computed: {
    series() {
      return JSON.parse(this.text);
    },
  },
  watch: {
    text() {
      this.draw();
    },
  },
  methods: {
    color(name) {
      return getComputedStyle(document.body).getPropertyValue("--" + name).trim();
    },
    draw() {
      if (!this.chart) return;
      const muted = this.color("muted"), line = this.color("line"), text = this.color("text");
      const label = { color: muted, fontSize: 10.5, hideOverlap: true };
      const isTime = this.kind === "time";
      const name = { nameLocation: "middle", nameTextStyle: { color: muted, fontSize: 11 } };
      this.chart.setOption(
        {
          animation: false,
          textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
          grid: { left: 10, right: 14, top: 26, bottom: isTime ? 4 : 20, containLabel: true },
          legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 3, itemGap: 12, textStyle: { color: muted, fontSize: 11 }, inactiveColor: line, data: this.series.filter((s) => !s.quiet).map((s) => s.label) },
          tooltip: { trigger: isTime ? "item" : "axis", transitionDuration: 0, confine: true, backgroundColor: this.color("raised"), borderColor: this.color("line-strong"), padding: [5, 9], textStyle: { color: text, fontSize: 12 }, renderMode: "richText", formatter: (at) => this.tip(at) },
          xAxis: isTime
            ? { type: "time", axisLabel: label, axisLine: { lineStyle: { color: line } }, splitLine: { show: false } }
            : { type: "category", data: this.series[0]?.ends ?? [], name: this.across, nameGap: 26, ...name, axisLabel: label, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
          yAxis: { type: "value", scale: isTime, minInterval: isTime ? undefined : 1, axisLabel: { ...label, formatter: (v) => digits(v, isTime && Math.abs(v) < 100 ? 2 : 0) }, splitLine: { lineStyle: { color: line } } },
          dataZoom: isTime ? [{ type: "inside", filterMode: "none" }] : [],
          series: this.series.map((s) => this.one(s)),
        },
        { notMerge: true },
      );
    },
    one(s) {
      const common = { name: s.label, color: this.color(s.color), data: s.data };
      if (s.type === "bar") return { ...common, type: "bar", stack: "all", barCategoryGap: "12%" };
      if (s.type === "scatter") return { ...common, type: "scatter", symbol: s.symbol ?? "circle", symbolSize: 6, large: false, itemStyle: { opacity: 0.8 } };
      return { ...common, type: "line", showSymbol: s.data.length < 60, symbolSize: 4, connectNulls: false, lineStyle: { width: s.quiet ? 0.8 : 1.5, opacity: s.quiet ? 0.6 : 1 } };
    },
    tip(at) {
      if (!Array.isArray(at)) {
        const [ms, value] = at.data?.value ?? at.value;
        return `${at.seriesName}  ${digits(value)} ${this.unit}\n${stamp(ms)}${at.data?.id ? `\nNumber ${at.data.id}` : ""}`;
      }
      return [`${at[0].axisValueLabel} ${this.unit}`, ...at.map((p) => `${p.seriesName}  ${digits(p.value, 0)}`)].join("\n");
    },
  },
};
