// Bundles the front end into a folder: `node build.mjs OUT`.
//
// Every file is written three times (plain, .gz, .br) under a name that carries a hash of its
// content, so that the server can send it with an immutable lifetime. `manifest.txt` lists
// `constant name, hashed file, mime type` per line; crates/server/build.rs turns it into Rust.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ICONS } from "./icons.mjs";

const web = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(web, "dist");
// The oldest engines we promise: iPadOS/iOS 17.5 and the Chromium of the same spring.
const TARGET = ["safari17.5", "chrome123", "firefox126"];

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const manifest = [];

function emit(constant, stem, extension, mime, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const file = `${stem}.${hash}.${extension}`;
  const path = join(out, file);
  writeFileSync(path, bytes);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  );
  manifest.push([constant, file, mime].join("\t"));
}

async function bundle(entry) {
  const result = await build({
    entryPoints: [join(web, entry)],
    absWorkingDir: web,
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: TARGET,
    legalComments: "inline",
    logLevel: "warning",
  });
  return result.outputFiles[0].contents;
}

// One sprite: a page names an icon with <use href="…#name">, so a row of fifty costs fifty
// short references and one cached file.
function sprite() {
  const symbols = ICONS.map(([name, source]) => {
    const svg = readFileSync(join(web, "node_modules/heroicons/24/outline", `${source}.svg`), "utf8");
    const body = svg.replace(/^[^]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").trim();
    const drawn = body.replaceAll(/ stroke="[^"]*"/g, "").replaceAll(/ stroke-width="[^"]*"/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6">${drawn}</symbol>`;
  });
  return Buffer.from(
    `<!-- Heroicons, MIT, Tailwind Labs, Inc. --><svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`,
  );
}

emit("APP_JS", "app", "js", "text/javascript; charset=utf-8", await bundle("src/app.ts"));
emit("APP_CSS", "app", "css", "text/css; charset=utf-8", await bundle("css/app.css"));
emit("ICONS_SVG", "icons", "svg", "image/svg+xml", sprite());
emit("LOGO_SVG", "logo", "svg", "image/svg+xml", readFileSync(join(web, "static/logo.svg")));
writeFileSync(join(out, "manifest.txt"), `${manifest.join("\n")}\n`);
