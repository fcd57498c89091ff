// The page of the check: it asks its backend for a session, runs the SDK, and hands over what the
// SDK says at the end. What follows is the backend's to decide.

const find = (selector) => document.querySelector(selector);

const WORDS = {
  "sign-in": "Please give your name.",
  "done": "Thank you. You are through.",
  "again": "That could not be confirmed. Please try again.",
  "later": "The service is not ready. Please try again later.",
  "review": "Somebody of our team has to look at this before you can go on.",
};

async function post(path, value) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
    cache: "no-store",
  });
  const body = await answer.json().catch(() => ({}));
  return { ok: answer.ok, ...body };
}

function show(state, text) {
  document.documentElement.dataset.state = state;
  find("#outcome").textContent = text;
}

async function check(name) {
  const signedIn = await post("/api/sign-in", { name });
  if (!signedIn.ok) {
    return "sign-in";
  }
  const session = await post("/api/session", {});
  if (!session.ok) {
    return session.next ?? "later";
  }
  await import("./FaceLivenessDetector.js");
  const detector = document.createElement("azure-ai-vision-face-ui");
  find("#detector").replaceChildren(detector);
  const { digest, resultId } = await detector.start(session.authToken);
  const result = await post("/api/session/result", { digest, resultId });
  return result.next ?? "later";
}

// No form: the page's policy lets none be sent.
find("#start").addEventListener("click", async () => {
  find("#start").disabled = true;
  show("running", "The check is running.");
  try {
    const next = await check(find("#name").value);
    show(next, WORDS[next] ?? WORDS.later);
  } catch (reason) {
    console.error(reason);
    show("again", WORDS.again);
  } finally {
    find("#start").disabled = false;
  }
});

find("#start").disabled = false;
document.documentElement.dataset.state = "ready";
