"""Markup of the parts of a page that the build provides."""

from jinja2 import Environment, PackageLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=PackageLoader("vae_report.site"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: object) -> str:
    """Fill in one of the templates of this folder."""
    return _TEMPLATES.get_template(template).render(values)
