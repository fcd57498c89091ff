// Tells what Firefox's protocol doesn't: inline scripts that a document gets, and what its policy
// blocks. It runs in a sandbox of its own, which the page's code doesn't see.
(tell) => {
  const say = (kind, more) => tell(JSON.stringify({ kind, url: location.href, ...more }));
  const types = /^(|module|(text|application)\/(x-)?(java|ecma)script)$/i;
  const told = new WeakSet();
  const look = (node) => {
    if (node?.nodeType !== 1) return;
    const scripts = node.matches("script") ? [node] : node.querySelectorAll("script");
    for (const script of scripts) {
      if (!script.src && script.textContent && types.test(script.type.trim()) && !told.has(script)) {
        told.add(script);
        say("inline", { text: script.textContent });
      }
    }
  };
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) look(node);
  }).observe(document, { childList: true, subtree: true });
  // A frame may have begun before anybody watched it.
  look(document.documentElement);
  addEventListener("DOMContentLoaded", () => look(document.documentElement));
  addEventListener("securitypolicyviolation", (event) =>
    say("violation", {
      directive: event.effectiveDirective, blocked: event.blockedURI, source: event.sourceFile,
      line: event.lineNumber, column: event.columnNumber, disposition: event.disposition,
    }));
}
