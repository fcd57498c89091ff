// Unpacks each archive of a folder as npm unpacks packages (`pacote`, lib/fetcher.js): links are
// left out, and the first part of each path is stripped.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const [reader, given, out] = process.argv.slice(2);
const tar = require(reader);

fs.mkdirSync(out, { recursive: true });
for (const name of fs.readdirSync(given)) {
  const cwd = path.join(out, path.basename(name, ".tgz"));
  fs.mkdirSync(cwd);
  try {
    tar.x({
      file: path.join(given, name),
      cwd,
      sync: true,
      strip: 1,
      noChmod: true,
      noMtime: true,
      preserveOwner: false,
      filter: (_, entry) => !/Link$/.test(entry.type),
      onwarn() {},
    });
  } catch (error) {
    fs.writeFileSync(`${cwd}.error`, String(error));
  }
}
