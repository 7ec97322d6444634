"""Markup of the parts of a page that the build provides."""

import functools

from jinja2 import Environment, PackageLoader, StrictUndefined


@functools.cache
def _templates(package: str) -> Environment:
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, package: str = "vae_report.site", **values: object) -> str:
    """Fill in a template of a package, which keeps them in its folder `templates`."""
    return _templates(package).get_template(template).render(values)
