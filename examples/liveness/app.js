// The example's page: starts the SDK, shows each step, and says in plain words what the browser
// refused. It uses no place that turns text into markup or code.
//
// What it needs from the server is in README.md beside this file.

import { explainFailure, explainResult, explainViolation } from "./words.js";

const query = new URLSearchParams(location.search);
const find = (selector) => document.querySelector(selector);

// ---- State, for the reader and for tests ---------------------------------------------------

const steps = { token: "waiting", component: "waiting", engine: "waiting", camera: "waiting", result: "waiting" };
const violations = [];
let headers = null;
let result = null;
let error = null;

// A test reads this; every answer is a copy.
Object.defineProperty(window, "livenessPage", {
  value: Object.freeze({
    get steps() { return { ...steps }; },
    get violations() { return structuredClone(violations); },
    get headers() { return structuredClone(headers); },
    get result() { return structuredClone(result); },
    get error() { return structuredClone(error); },
  }),
});

function setState(state) {
  document.documentElement.dataset.state = state;
}

function setStep(step, state) {
  steps[step] = state;
  find(`[data-step="${step}"]`).dataset.state = state;
}

// ---- What the browser refused --------------------------------------------------------------

const seen = new Set();

function addViolation(violation) {
  const { kind, directive, blocked, source, line, column } = violation;
  const key = JSON.stringify([kind, directive, blocked, source, line, column]);
  if (seen.has(key)) {
    return;
  }
  seen.add(key);
  violations.push(violation);
  const { what, hint } = explainViolation(violation);
  const text = [...document.querySelectorAll("#refusal-list b")].map((b) => b.textContent);
  if (!text.includes(what)) {
    find("#refusal-list").append(item("li", item("b", what), item("span", hint), item("code", `${directive} \u2190 ${blocked}`)));
  }
  find("#refusals").hidden = false;
}

function fromCsp(report) {
  return {
    kind: "csp-violation",
    directive: report.effectiveDirective,
    blocked: report.blockedURI ?? report.blockedURL ?? "",
    source: report.sourceFile || null,
    line: report.lineNumber || null,
    column: report.columnNumber || null,
    disposition: report.disposition,
  };
}

// The guard tells which file was changed; the browser only tells the console. Some were refused
// before this script ran.
const changed = new Set();
const FILE_REASONS = ["changed", "changed, or what it imports", "missing", "not loaded"];

function addRefusal({ url, reason }) {
  // The policy's own event tells more.
  if (reason.startsWith("blocked by")) {
    return;
  }
  addViolation({ kind: "guard", directive: reason, blocked: url, source: null, line: null, column: null, disposition: "enforce" });
  if (FILE_REASONS.includes(reason)) {
    changed.add(url);
  }
}

window.visorRefused?.forEach(addRefusal);
window.addEventListener("visor-refused", ({ detail }) => addRefusal(detail));

document.addEventListener("securitypolicyviolation", (event) => addViolation(fromCsp(event)));

// The observer also tells what happened before this script ran, and what has no event.
if ("ReportingObserver" in window) {
  const others = {
    "integrity-violation": (body) => ["Integrity-Policy", body.blockedURL, body.reportOnly],
    "permissions-policy-violation": (body) => ["Permissions-Policy", body.featureId, body.disposition === "report"],
    "coep": (body) => ["Cross-Origin-Embedder-Policy", body.blockedURL, body.disposition === "reporting"],
  };
  new ReportingObserver((reports) => {
    for (const { type, body } of reports) {
      if (type === "csp-violation") {
        addViolation(fromCsp(body));
      } else if (Object.hasOwn(others, type)) {
        const [directive, blocked, reportOnly] = others[type](body);
        const disposition = reportOnly ? "report" : "enforce";
        addViolation({ kind: type, directive, blocked, source: null, line: null, column: null, disposition });
      }
    }
  }, { buffered: true }).observe();
}

// ---- The headers that the page was served with ---------------------------------------------

// All that a policy can send: the terminal counts the same.
const POLICY_HEADERS = [
  "content-security-policy",
  "content-security-policy-report-only",
  "connection-allowlist",
  "connection-allowlist-report-only",
  "integrity-policy",
  "integrity-policy-report-only",
  "permissions-policy",
  "strict-transport-security",
  "cross-origin-opener-policy",
  "cross-origin-embedder-policy",
  "cross-origin-resource-policy",
  "document-isolation-policy",
  "origin-agent-cluster",
  "referrer-policy",
  "x-content-type-options",
  "x-frame-options",
  "x-permitted-cross-domain-policies",
  "x-dns-prefetch-control",
  "cache-control",
  "link",
  "reporting-endpoints",
];

// Shows them, and gives how many there were; null where the page may not ask.
async function showHeaders() {
  // An exact URL for connect-src: a path that ends in "/" there would allow everything below it.
  const page = new URL(location.pathname.replace(/\/$/, "/index.html"), location.origin);
  const summary = find("#headers-summary");
  try {
    const answer = await fetch(page, { method: "HEAD", cache: "no-store" });
    headers = Object.fromEntries(answer.headers);
  } catch {
    summary.textContent = "The browser did not let the page ask for its own headers.";
    return null;
  }
  const known = POLICY_HEADERS.filter((name) => name in headers);
  summary.textContent = known.length > 0
    ? `${known.length} headers of the policy came with it.`
    : "None of the policy's headers came with it. Nothing is checked: the browser runs anything that gets into this page.";
  if (known.length === 0) {
    summary.classList.add("bare");
    find(".lead").textContent = "The same liveness check without any header or check of tower-visor's, for comparison.";
    find(".lead").classList.add("bare");
  }
  find("#headers").replaceChildren(...known.flatMap((name) => headerRow(name, headers[name])));
  const rest = Object.keys(headers).filter((name) => !known.includes(name));
  find("#other-headers").hidden = rest.length === 0;
  find("#other-headers dl").replaceChildren(...rest.flatMap((name) => headerRow(name, headers[name])));
  return known.length;
}

function headerRow(name, value) {
  return [item("dt", name), item("dd", ...headerLines(name, value))];
}

// One line a directive for policies; what is denied to everybody is folded.
function headerLines(name, value) {
  if (name === "permissions-policy") {
    const features = value.split(/,\s*/);
    const denied = features.filter((feature) => feature.endsWith("=()"));
    const granted = features.filter((feature) => !denied.includes(feature)).map((line) => item("code", line));
    const folded = item("details", item("summary", `${denied.length} more denied: =()`), item("code", denied.join(", ")));
    return denied.length > 1 ? [...granted, folded] : features.map((line) => item("code", line));
  }
  if (!name.startsWith("content-security-policy")) {
    return [item("code", value)];
  }
  const directives = value.split(/;\s*|,\s+/).filter((directive) => directive !== "");
  return directives.map((directive) => {
    const [first, ...sources] = directive.trim().split(/\s+/);
    return item("code", item("b", first), ...sources.map((source) => item("span", source)));
  });
}

// ---- The check -------------------------------------------------------------------------------

let checks = 0;

async function check() {
  setState("running");
  find("#start").disabled = true;
  find("#outcome").hidden = true;
  result = null;
  error = null;
  // What an earlier check was refused says nothing about this one.
  if (checks++ > 0) {
    changed.clear();
    seen.clear();
    find("#refusal-list").replaceChildren();
    find("#refusals").hidden = true;
  }
  Object.keys(steps).forEach((step) => setStep(step, "waiting"));
  let watch;
  try {
    setStep("token", "running");
    const { authToken, tampered } = await fetchSession();
    setStep("token", "done");

    setStep("component", "running");
    await import("./FaceLivenessDetector.js").catch((reason) => {
      // Not every browser's own words name the file.
      throw new Error(`FaceLivenessDetector.js: ${reason?.message}`, { cause: reason });
    });
    setStep("component", "done");

    setStep("engine", "running");
    watch = setInterval(watchEngineAndCamera, 50);
    const detector = document.createElement("azure-ai-vision-face-ui");
    detector.setAttribute("locale", /^[a-z]{2}-[A-Z]{2}$/.test(query.get("locale")) ? query.get("locale") : "en-US");
    find("#detector").replaceChildren(detector);
    const { livenessStatus, digest, resultId } = await detector.start(authToken);
    ["engine", "camera", "result"].forEach((step) => setStep(step, "done"));
    result = { livenessStatus, digest, resultId };
    setState("done");
    const used = tampered && performance.getEntriesByName(new URL(tampered, location.origin).href).length > 0;
    showOutcome(explainResult({ changed: used ? tampered : null, bare: await shown === 0 }), {
      "Status": livenessStatus,
      "Result": resultId,
      "Digest": digest,
    });
  } catch (reason) {
    const code = reason?.livenessError ?? null;
    const running = Object.keys(steps).find((step) => steps[step] === "running") ?? "result";
    const step = code?.startsWith("Camera") ? "camera" : code === "InvalidToken" ? "result" : running;
    if (step === "camera" || step === "result") {
      setStep("engine", "done");
    }
    setStep(step, "failed");
    Object.keys(steps).forEach((step) => steps[step] === "running" && setStep(step, "waiting"));
    error = { step, code, message: code ? null : String(reason) };
    setState("failed");
    if (!(find("azure-ai-vision-face-ui")?.offsetHeight > 0)) {
      find("#detector").replaceChildren(emptyPlace("The SDK did not get as far as showing anything."));
    }
    const files = [...changed];
    showOutcome(explainFailure(error, files), { "Step": step, "Error": code ?? String(reason), "Refused": files });
  } finally {
    clearInterval(watch);
    find("#start").textContent = "Try again";
    find("#start").disabled = false;
  }
}

async function fetchSession() {
  const answer = await fetch("api/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
    cache: "no-store",
  });
  if (!answer.ok) {
    throw new Error(`the server answered ${answer.status}`);
  }
  return answer.json();
}

// The SDK tells nothing before its result, so look at what it leaves behind: the engine's class
// (by its descriptor, because reading other members of `Module` can stop the real engine), and
// the names of cameras, which browsers give only to a page that may use one.
async function watchEngineAndCamera() {
  if (steps.engine === "running") {
    const engine = Object.getOwnPropertyDescriptor(window.Module ?? {}, "FaceRecoEngineAdapter");
    if (engine?.value) {
      setStep("engine", "done");
      setStep("camera", "running");
    }
  } else if (steps.camera === "running") {
    const devices = await navigator.mediaDevices?.enumerateDevices() ?? [];
    if (steps.camera === "running" && devices.some(({ kind, label }) => kind === "videoinput" && label !== "")) {
      setStep("camera", "done");
      setStep("result", "running");
    }
  }
}

function showOutcome({ title, text, bad = false }, facts) {
  find("#outcome").classList.toggle("bare", bad);
  find("#outcome-title").textContent = title;
  find("#outcome-text").textContent = text;
  find("#outcome-facts").replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => {
      const values = [value].flat().map((value) => item("code", value));
      return values.length === 0 ? [] : [item("dt", name), item("dd", ...values)];
    }),
  );
  find("#outcome").hidden = false;
}

function emptyPlace(text) {
  const place = item("p", text);
  place.className = "empty";
  return place;
}

function item(name, ...children) {
  const element = document.createElement(name);
  element.append(...children);
  return element;
}

// ---- Start -----------------------------------------------------------------------------------

find("#start").addEventListener("click", check);
find("#start").disabled = false;
setState("ready");
const shown = showHeaders();
if (query.has("auto")) {
  check();
}
