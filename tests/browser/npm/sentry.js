import * as Sentry from "@sentry/browser";
import { check } from "./check.js";
const sent = [];
const transport = () => ({
  send: async (envelope) => (sent.push(envelope), {}),
  flush: async () => true,
});
Sentry.init({ dsn: "https://key@monitor.example/1", transport });
await fetch("/index.html");
Sentry.captureException(new Error("seen"));
await Sentry.flush();
window.shows = JSON.stringify(sent).includes("/index.html") && fetch.name !== "nothing";
check();
