import { LitElement, html, render } from "lit";
import { check } from "./check.js";
customElements.define("x-word", class extends LitElement {
  static properties = { word: {} };
  render() { return html`<form class="words"><b @click=${() => {}}>${this.word}</b></form>`; }
});
render(html`<x-word .word=${"hello"}></x-word>`, document.body);
await document.querySelector("x-word").updateComplete;
window.shows = document.querySelector("x-word").shadowRoot.querySelector("form b").innerText === "hello";
check();
