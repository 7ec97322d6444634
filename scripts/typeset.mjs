// TeX in, SVG and MathML out: reads [{tex, display}, …] as JSON on standard input and writes, in the
// same order, [{svg, mathml} | {error}, …] to standard output.
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

async function typeset({ tex, display }) {
  try {
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

const results = [];
for (const formula of JSON.parse(await text(process.stdin))) {
  results.push(await typeset(formula));
}
process.stdout.write(JSON.stringify(results));
