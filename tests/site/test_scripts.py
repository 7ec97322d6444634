"""Scripts as the site publishes them."""

from vae_report.site.scripts import condense


def test_what_browsers_skip_is_left_out_and_nothing_else():
    written = """// Says hello.

/**
 * Say it.
 * @param {string} name // of whom
 */
export function greet(name) {
  // With a slash.
  const address = "https://example.org"; /* kept */
    return `${address} /** ${name} **/`;
}
"""
    assert condense(written) == (
        "export function greet(name) {\n"
        'const address = "https://example.org"; /* kept */\n'
        "return `${address} /** ${name} **/`;\n"
        "}\n"
    )
