"""The built site, served as it will be published and held against what a page must reach."""
