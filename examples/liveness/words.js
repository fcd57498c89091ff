// Plain words for what browsers and the SDK report in codes.

const LOADED = {
  "script-src": "a script",
  "script-src-elem": "a script",
  "style-src": "a style sheet",
  "style-src-elem": "a style sheet",
  "img-src": "a picture",
  "font-src": "a font",
  "media-src": "a video or sound",
  "frame-src": "a frame",
  "child-src": "a frame or worker",
  "worker-src": "a worker",
  "manifest-src": "a manifest",
  "object-src": "a plug-in",
};

const INLINE = {
  "script-src-attr": ["It did not run an inline event handler.", "Handlers belong in a script file."],
  "style-src-attr": ["It did not apply an inline style attribute.", "Styles belong in a style sheet."],
  "style-src-elem": ["It did not apply an inline style.", "The policy's style-src needs its hash."],
};

const SPECIAL = {
  "eval": ["It did not turn text into code.", "SDK versions before 1.5.0 need 'unsafe-eval'; newer ones don't."],
  "wasm-eval": ["It did not compile WebAssembly.", "The policy's script-src needs 'wasm-unsafe-eval' for the SDK."],
  "trusted-types-sink": ["It did not let text become markup or code.", "The page's Trusted Types policy has to pass it first."],
  "trusted-types-policy": ["It did not let a script make a Trusted Types policy.", "The header trusted-types names those allowed."],
};

// { what, hint }: what the browser refused, and what that means for whoever runs the page.
export function explainViolation({ kind, directive, blocked, disposition }) {
  const [what, hint] = explain(kind, directive, blocked);
  return disposition === "report"
    ? { what: what.replace("did not", "would not"), hint: `Only reported, not refused. ${hint}` }
    : { what, hint };
}

// What the guard tells of a file.
const REFUSED = {
  "changed": "The file is not the one that was pinned.",
  "changed, or what it imports": "The file, or one that it imports, is not the one that was pinned.",
  "missing": "The server does not have the file.",
  "not loaded": "The file did not come.",
};

// The page's own files by their paths, as everybody else calls them.
function withoutOrigin(url) {
  return url.startsWith(`${location.origin}/`) ? url.slice(location.origin.length) : url;
}

function explain(kind, directive, blocked) {
  if (kind === "guard") {
    return Object.hasOwn(REFUSED, directive)
      ? [`It did not use ${withoutOrigin(blocked)}.`, `${REFUSED[directive]} Try again, or tell whoever runs this page.`]
      : [`It did not use ${withoutOrigin(blocked)}.`, `The page's guard refused it: ${directive}.`];
  }
  if (kind === "integrity-violation") {
    return [`It did not load ${blocked}.`, "Integrity-Policy asks every script for its integrity, and this one came without."];
  }
  if (kind === "permissions-policy-violation") {
    return [`It did not give the page: ${blocked}.`, "The Permissions-Policy header denies it."];
  }
  if (kind === "coep") {
    return [`It did not load ${blocked}.`, "Its server has to allow this with Cross-Origin-Resource-Policy or CORS."];
  }
  if (Object.hasOwn(SPECIAL, blocked)) {
    return SPECIAL[blocked];
  }
  if (blocked === "inline") {
    return INLINE[directive] ?? ["It did not run an inline script.", "If it is yours, put it into a file; if not, somebody injected it."];
  }
  if (directive === "connect-src") {
    return [`It did not connect to ${blocked}.`, "connect-src names the only places that may hear from this page."];
  }
  if (directive === "form-action") {
    return [`It did not send a form to ${blocked}.`, "form-action names the only places that forms may go to."];
  }
  if (directive === "base-uri") {
    return [`It did not change the page's base URL to ${blocked}.`, "base-uri keeps relative URLs where they are."];
  }
  if (Object.hasOwn(LOADED, directive)) {
    return [`It did not load ${LOADED[directive]}: ${blocked}.`, `${directive} does not name it.`];
  }
  return [`It did not allow ${blocked}.`, `The rule is ${directive}.`];
}

const ERRORS = {
  InvalidToken:
    "The Face endpoint could not be reached with this session token. A token is good for one session; "
    + "and connect-src must name the endpoint, or the browser keeps the request back.",
  CameraPermissionDenied:
    "The camera was refused: by you, by the browser's settings, or by a Permissions-Policy header without camera=(self).",
  CameraStartupFailure: "No camera could be opened. Another program may hold it.",
  TimedOut: "The camera gave no usable picture in time.",
  Unexpected:
    "The SDK could not start its engine. Most often a file is missing or has the wrong type, "
    + "or the policy refuses WebAssembly or, for versions before 1.5.0, eval.",
};

const STEPS = {
  token: "The server gave no session token.",
  component: "The browser did not load the SDK's component.",
};

// What a check with a result means. `changed`: the file that was changed on its way and that the
// browser used all the same; `bare`: whether the page came without any header of the policy's.
export function explainResult({ changed, bare }) {
  if (changed === null) {
    return bare
      ? { title: "Check complete, and nothing was checked", text: "Had anybody changed a file of this page on its way, the browser would have run it.", bad: true }
      : { title: "Check complete", text: "Your server now compares this digest with the one in Face's own result." };
  }
  const title = "Check complete, with a changed file";
  const used = `One byte of ${changed} was changed on its way here, and the browser used the file.`;
  if (bare) {
    return { title, text: `${used} Nothing was checked. Whoever can change a byte can change what this page makes of your face.`, bad: true };
  }
  return /\.(?:svg|png)$/.test(changed)
    ? { title, text: `${used} No browser checks pictures.`, bad: true }
    : { title, text: `${used} The headers of this page name where it comes from, and not what is in it.`, bad: true };
}

// What a failed check means. Files that the guard refused tell more than the SDK, which knows
// nothing of them and says "Unexpected".
export function explainFailure({ step, code }, files) {
  if (files.length > 0) {
    return {
      title: "Stopped: a file was not the right one",
      text: "Part of this check came to your browser changed, or not at all. Your browser did not use it. "
        + "Try again, or on another network; if it stays so, tell whoever runs this page.",
    };
  }
  return { title: "The check did not finish", text: explainError(step, code) };
}

function explainError(step, code) {
  return ERRORS[code] ?? STEPS[step] ?? "Something else went wrong; the browser's console may tell more.";
}
