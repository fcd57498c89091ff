// The application's page: takes messages from its frame alone, and sends to that one origin.

const frame = document.querySelector("iframe");
const { origin } = new URL(frame.src);
const state = (text) => { document.documentElement.dataset.state = text; };

addEventListener("message", (event) => {
  if (event.origin !== origin || event.source !== frame.contentWindow) {
    return;
  }
  const { kind, status, resultId } = event.data ?? {};
  if (kind === "ready") {
    state("running");
    frame.contentWindow.postMessage({ kind: "start" }, origin);
  } else if (kind === "ended") {
    // A hint for the visitor. The decision is the backend's, from Face's own result.
    document.querySelector("output").textContent = String(resultId ?? status);
    state(resultId ? "done" : "failed");
  }
});
// The frame may have said that it is ready before this script ran.
frame.contentWindow.postMessage({ kind: "hello" }, origin);
