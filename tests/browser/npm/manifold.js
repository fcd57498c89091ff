// MODULE and FILE are put in when it is bundled: a build of manifold-3d, and its WebAssembly.
import Module from "MODULE";
import { check } from "./check.js";
const engine = await Module({ locateFile: () => FILE });
engine.setup();
const cube = (engine.Manifold?.cube ?? engine.cube)([1, 2, 3], true);
const properties = cube.getProperties?.();
window.shows = (properties?.volume ?? cube.volume()) === 6;
check();
