import $ from "jquery";
import { check } from "./check.js";
$("<div><form class=a><input name=b></form></div>").appendTo("body");
window.shows = $("form.a input").length === 1 && (await $.ajax("/index.html")).includes("<title>");
// A known file, by XMLHttpRequest: checked.
const words = await $.getJSON("words.json").catch((request) => request.statusText);
window.shows &&= words.word === "hello";
check();
