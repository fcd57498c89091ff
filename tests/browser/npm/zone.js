import "zone.js";
import { check } from "./check.js";
const zone = Zone.current.fork({ name: "inner" });
window.shows = await zone.run(async () => fetch("/index.html").then(() => Zone.current.name === "inner"));
zone.run(() => check());
