"""Markup of the parts of a page that the build provides."""

import functools

from jinja2 import Environment, PackageLoader, StrictUndefined

from vae_report.site.words import for_scripts, heading, here, word, word_of_verdict


@functools.cache
def _templates(package: str) -> Environment:
    templates = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"word_of_verdict": word_of_verdict, "here": here}
    templates.globals |= {"word": word, "heading": heading, "for_scripts": for_scripts}
    return templates


def render(template: str, package: str = "vae_report.site", **values: object) -> str:
    """Fill in a template of a package, which keeps them in its folder `templates`."""
    return _templates(package).get_template(template).render(values)
