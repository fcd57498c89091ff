import Bugsnag from "@bugsnag/browser";
import { datadogRum } from "@datadog/browser-rum";
import { ApplicationInsights } from "@microsoft/applicationinsights-web";
import { FetchInterceptor } from "@mswjs/interceptors/fetch";
import { XMLHttpRequestInterceptor } from "@mswjs/interceptors/XMLHttpRequest";
import { check } from "./check.js";

// What they would send is kept here.
const seen = new Set();
for (const [name, Interceptor] of [["fetch", FetchInterceptor], ["XMLHttpRequest", XMLHttpRequestInterceptor]]) {
  const interceptor = new Interceptor();
  interceptor.apply();
  interceptor.on("request", ({ request }) => void seen.add(`${name} ${new URL(request.url).pathname}`));
}
Bugsnag.start({
  apiKey: "0".repeat(32),
  autoTrackSessions: false,
  onError: (event) => (seen.add(`bugsnag ${event.errors[0].errorMessage}`), false),
});
datadogRum.init({
  applicationId: "a",
  clientToken: "c",
  trackResources: true,
  telemetrySampleRate: 0,
  sessionReplaySampleRate: 0,
  proxy: "/index.html",
  beforeSend: ({ type, resource }) => void (type === "resource" && seen.add(`datadog ${new URL(resource.url).pathname}`)),
});
const insights = new ApplicationInsights({
  config: {
    instrumentationKey: "00000000-0000-0000-0000-000000000000",
    disableFetchTracking: false,
    enableCorsCorrelation: true,
    enableUnhandledPromiseRejectionTracking: true,
    extensionConfig: { AppInsightsCfgSyncPlugin: { cfgUrl: "" } },
  },
});
insights.loadAppInsights();
insights.addTelemetryInitializer(({ baseData }) => (seen.add(`insights ${baseData.target && new URL(baseData.target).pathname}`), false));

await fetch("/index.html");
const request = new XMLHttpRequest();
request.open("GET", "/words.json");
request.send();
Bugsnag.notify(new Error("noticed"));
const expected = [
  "fetch /index.html", "XMLHttpRequest /words.json", "bugsnag noticed", "datadog /index.html", "datadog /words.json",
  "insights /index.html", "insights /words.json",
];
for (let left = 100; left > 0 && !expected.every((line) => seen.has(line)); left--)
  await new Promise((done) => setTimeout(done, 100));
window.seen = [...seen];
window.shows = expected.every((line) => seen.has(line)) && JSON.parse(request.responseText).word === "hello";
check();
