import "core-js-bundle";
import { check } from "./check.js";
window.shows = "aXbX".replaceAll(/x/gi, "-") === "a-b-" && new URL("/a?b=1", location).searchParams.get("b") === "1";
check();
