// TeX in, SVG and MathML out: reads [{tex, display, definitions}, …] as JSON on standard input and
// writes, in the same order, [{svg, mathml} | {error}, …] to standard output.
//
// A formula knows the macros of its `definitions`, which are TeX, and no others: MathJax keeps what a
// formula defines, so it begins anew wherever other definitions are in force.
//
// Glyphs are outlined within each formula (no font cache), so that its markup depends on nothing but
// its TeX and can be kept; whoever assembles a page can share equal outlines.

import { text } from "node:stream/consumers";
import MathJax from "mathjax";

await MathJax.init({
  loader: { load: ["adaptors/liteDOM", "input/tex", "output/svg"] },
  tex: {
    packages: { "[-]": ["noundefined"] },
    formatError(_, error) {
      throw error;
    },
  },
  output: { fontCache: "none", linebreaks: { inline: false } },
});

const { adaptor } = MathJax.startup;

// MathJax notes on every node the TeX that it came from, which no reader needs.
const withoutNotes = (markup) => markup.replace(/ (?:data-[\w-]+|role|focusable|xmlns)="[^"]*"/g, "");

let inForce = "[]";

async function define(definitions) {
  if (JSON.stringify(definitions) === inForce) return;
  MathJax.startup.getComponents();
  MathJax.startup.makeMethods();
  inForce = JSON.stringify(definitions);
  for (const tex of definitions) await MathJax.tex2mmlPromise(tex);
}

async function typeset({ tex, display, definitions }) {
  try {
    await define(definitions);
    const [svg] = adaptor.tags(await MathJax.tex2svgPromise(tex, { display }), "svg");
    const mathml = await MathJax.tex2mmlPromise(tex, { display });
    return {
      svg: withoutNotes(adaptor.outerHTML(svg)),
      mathml: withoutNotes(mathml).replace(/>\s+</g, "><"),
    };
  } catch (error) {
    return { error: error.message };
  }
}

const DEFINES = /\\(?:newcommand|renewcommand|providecommand|newenvironment|renewenvironment|DeclareMathOperator|[egx]?def|let)\b/;

const results = [];
for (const formula of JSON.parse(await text(process.stdin))) {
  results.push(await typeset(formula));
  // What it has defined is known to no formula that does not say so.
  if (DEFINES.test(formula.tex)) inForce = null;
}
process.stdout.write(JSON.stringify(results));
