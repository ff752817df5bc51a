// A Plotly figure in the colours of the page. A text "$name" in it stands for the token --name of
// theme.css, so it is drawn anew when the light changes. All text of it is drawn in SVG.
const colored = (value, css) => {
  if (typeof value === "string" && value.startsWith("$")) return css.getPropertyValue("--" + value.slice(1)).trim();
  if (Array.isArray(value)) return value.map((each) => colored(each, css));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, colored(v, css)]));
  return value;
};

export default {
  template: "<div></div>",
  props: { text: String, picks: Boolean },
  async mounted() {
    const { Plotly } = await import("nicegui-plotly");
    if (!this.$el.isConnected) return;
    this.plotly = Plotly;
    this.draw();
    this.resizes = new ResizeObserver(() => this.$el.offsetWidth && this.$el.data && Plotly.Plots.resize(this.$el));
    this.resizes.observe(this.$el);
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.body, { attributeFilter: ["class", "data-palette"] });
  },
  unmounted() {
    this.resizes?.disconnect();
    this.themes?.disconnect();
    this.plotly?.purge(this.$el);
  },
  watch: {
    text() {
      this.draw();
    },
  },
  methods: {
    async draw() {
      if (!this.plotly || !this.text) return;
      const css = getComputedStyle(document.body);
      const { data, layout } = colored(JSON.parse(this.text), css);
      const axis = { gridcolor: css.getPropertyValue("--line"), linecolor: css.getPropertyValue("--line-strong"), zerolinecolor: css.getPropertyValue("--line-strong"), automargin: true };
      for (const name of ["xaxis", "yaxis"]) layout[name] = { ...axis, ...layout[name] };
      const raised = css.getPropertyValue("--raised").trim(), text = css.getPropertyValue("--text").trim();
      await this.plotly.react(
        this.$el,
        data,
        {
          margin: { l: 10, r: 14, t: 12, b: 10 },
          paper_bgcolor: "rgba(0,0,0,0)",
          plot_bgcolor: "rgba(0,0,0,0)",
          font: { family: css.fontFamily, size: 11.5, color: css.getPropertyValue("--muted").trim() },
          hoverlabel: { bgcolor: raised, bordercolor: css.getPropertyValue("--line-strong").trim(), font: { color: text } },
          ...layout,
        },
        { displaylogo: false, responsive: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] },
      );
      if (this.picks && !this.listens) {
        this.listens = true;
        this.$el.on("plotly_click", ({ points }) => {
          const at = points?.[0];
          if (at) this.$emit("pick", [at.curveNumber, ...[at.pointIndex ?? at.pointNumber].flat()]);
        });
      }
    },
  },
};
