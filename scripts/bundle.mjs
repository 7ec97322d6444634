// Scripts in, bundles out: reads the paths of scripts, relative to the folder it runs in, as JSON on
// standard input, and writes [{path, code}, …] to standard output: a bundle of each script that no
// other of them imports, minified, with all that it imports; or, where one is wrong, [{error}].

import { relative } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";

async function bundle(scripts) {
  const { metafile, outputFiles } = await build({
    entryPoints: scripts,
    outbase: ".",
    outdir: ".",
    allowOverwrite: true, // though nothing is written
    write: false,
    bundle: true,
    format: "esm",
    minify: true,
    metafile: true,
    preserveSymlinks: true,
    logLevel: "silent",
  });
  const imported = new Set(
    Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path)),
  );
  return outputFiles
    .map((file) => ({ path: relative(".", file.path), code: file.text }))
    .filter(({ path }) => !imported.has(path));
}

function explain(failure) {
  const [mistake] = failure.errors ?? [];
  if (!mistake?.location) throw failure;
  const { file, line, column } = mistake.location;
  return [{ error: `${file}:${line}:${column + 1}: ${mistake.text}` }];
}

const scripts = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(await bundle(scripts).catch(explain)));
