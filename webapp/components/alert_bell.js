// How many alerts are on, and the browser's own notifications where the user allowed them.
export default {
  template: `<button type="button" class="fm-bell" :class="{'is-ringing': ringing}" @click="$emit('open')"
    :aria-label="ringing ? ringing + ' alerts are on' : 'Alerts'">
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3a6 6 0 0 0-6 6v4l-2 3h16l-2-3V9a6 6 0 0 0-6-6zm-2 15a2 2 0 0 0 4 0" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"/></svg>
    <b v-if="ringing">{{ ringing }}</b></button>`,
  props: { ringing: Number },
  methods: {
    ask() {
      if ("Notification" in window) Notification.requestPermission();
    },
    tell(title, body) {
      if ("Notification" in window && Notification.permission === "granted") new Notification(title, { body });
    },
  },
};
