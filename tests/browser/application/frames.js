// What the frames of a page say of themselves, and what it says to the page around it.
window.said = [];
addEventListener("message", (event) => said.push(`${event.origin} ${event.data}`));
if (parent !== window) parent.postMessage("admin", "*");
