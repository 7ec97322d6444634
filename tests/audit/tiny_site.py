"""A site of one page, sound or spoilt."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

HOME = "http://report.test/of/"

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>A page</title>
<meta name="description" content="A page of a test.">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css">
</head>
<body>
<main>
<h1 id="start">A page</h1>
{body}
</main>
</body>
</html>
"""

SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{}</loc></url></urlset>
"""


def write_site(site, body="<p>Nothing is wrong here.</p>", **files):
    """Write a page and its style sheet, and whatever other files a test names."""
    contents = {
        "index.html": PAGE.format(body=body),
        "style.css": "body { background: white; color: black; font: 1em sans-serif; }",
        "sitemap.xml": SITEMAP.format(HOME),
        **files,
    }
    for name, content in contents.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return site
