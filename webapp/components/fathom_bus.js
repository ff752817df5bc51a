// The one door through which the server's frames come in. Also tells the server when the page is
// hidden, and the page when the server has gone silent: then nothing on it is fresh.
import { publish } from "fathom_feed";

const SILENCE_MS = 3500;

export default {
  template: '<div class="fm-hidden"></div>',
  mounted() {
    this.heard = performance.now();
    this.next = 1;
    this.onVisibility = () => {
      if (!document.hidden) document.body.classList.add("fm-cut");
      this.heard = performance.now();
      this.$emit("visibility", !document.hidden);
    };
    document.addEventListener("visibilitychange", this.onVisibility);
    this.watch = setInterval(() => {
      if (!document.hidden && performance.now() - this.heard > SILENCE_MS)
        document.body.classList.add("fm-cut");
    }, 500);
  },
  unmounted() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    clearInterval(this.watch);
  },
  methods: {
    frame(frame) {
      this.heard = performance.now();
      // After a frame that was missed, changes mean nothing: ask once for everything.
      if (frame.n && frame.n !== this.next) {
        if (this.next) this.$emit("lost");
        this.next = 0;
        return;
      }
      this.next = frame.n + 1;
      document.body.classList.remove("fm-cut");
      publish(frame);
    },
  },
};
