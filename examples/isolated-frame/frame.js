// The page with the SDK: obeys and answers the one origin that its server wrote into the page. The
// session token is made for this origin and never leaves it.

const embedder = document.querySelector("meta[name=embedder]").content;
const tell = (message) => parent.postMessage(message, embedder);
let started = false;

addEventListener("message", (event) => {
  if (event.origin !== embedder || event.source !== parent) {
    return;
  }
  if (event.data?.kind === "hello") {
    tell({ kind: "ready" });
  } else if (event.data?.kind === "start" && !started) {
    started = true;
    check();
  }
});

async function check() {
  try {
    const { authToken } = await (await fetch("/api/session", { method: "POST" })).json();
    await import("/FaceLivenessDetector.js");
    const detector = document.createElement("azure-ai-vision-face-ui");
    document.body.append(detector);
    const { livenessStatus, resultId } = await detector.start(authToken);
    tell({ kind: "ended", status: livenessStatus, resultId });
  } catch (reason) {
    tell({ kind: "ended", status: reason?.livenessError ?? String(reason) });
  }
}

tell({ kind: "ready" });
