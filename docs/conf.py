"""The site: pages in Markdown, the reference from the docstrings. It is built offline, by `make docs`."""

import sys
from pathlib import Path

import skrec

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "skrec"
copyright = "the skrec developers"
release = version = skrec.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "numpydoc",
    "myst_parser",
    "sphinx_design",
    "linked_names",
    "mathml",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
toc_object_entries_show_parents = "hide"  # beside a page, methods without the name of their class
autodoc_typehints = "none"  # docstrings say the types, with shapes
numpydoc_show_class_members = False  # the template lists them
numpydoc_class_members_toctree = False

# The inventory is in the repository, so that links resolve without a network; _inventories/make.py writes it.
intersphinx_mapping = {"sklearn": ("https://scikit-learn.org/stable/", "_inventories/sklearn.inv")}

nitpick_ignore = [("py:class", "Module")]  # in what torch says of `forward`, which our nets inherit

html_theme = "pydata_sphinx_theme"
html_title = "skrec"
html_show_sourcelink = False
html_math_renderer = "mathml"
html_theme_options = {
    "collapse_navigation": True,  # its buttons have no name for a screen reader
    "navbar_persistent": [],  # a field in place of a button whose name is not its text
    "navbar_end": ["search-field", "theme-switcher"],
    "show_toc_level": 2,
    "navigation_with_keys": False,
}
