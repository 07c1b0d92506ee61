"""The site: pages in Markdown, the reference from the docstrings. It is built offline, by `make docs`."""

import sys
from pathlib import Path

from numpydoc.xref import DEFAULT_LINKS

import skrec

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
from gallery import copied  # noqa: E402, of the folder before

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
    "sphinx_gallery.gen_gallery",
    "linked_names",
    "mathml",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

sphinx_gallery_conf = {
    "examples_dirs": copied(HERE.parent / "examples", HERE / "_build" / "examples"),
    "gallery_dirs": "gallery",
    "filename_pattern": r"\d\d_\w+\.py$",
    "within_subsection_order": "FileNameSortKey",
    "nested_sections": False,
    "reset_argv": "gallery.arguments",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "min_reported_time": 3600,  # of the machine that builds, which readers do not have
    "show_memory": False,
    "write_computation_times": False,  # a page that loads its table from elsewhere
    "show_signature": False,
}

autosummary_generate = True
toc_object_entries_show_parents = "hide"  # beside a page, methods without the name of their class
autodoc_typehints = "none"  # docstrings say the types, with shapes
numpydoc_show_class_members = False  # the template lists them
numpydoc_class_members_toctree = False

# The inventories are in the repository, so that links resolve without a network; _inventories/make.py writes them.
SITES = {
    "sklearn": "https://scikit-learn.org/stable/",
    "pandas": "https://pandas.pydata.org/docs/",
    "torch": "https://docs.pytorch.org/docs/stable/",
    "skorch": "https://skorch.readthedocs.io/en/stable/",
}
intersphinx_mapping = {name: (site, f"_inventories/{name}.inv") for name, site in SITES.items()}

# Types in docstrings that link: those of other packages. All that numpydoc itself would link is of sites without an
# inventory here, and stays as it is written.
LINKED = {
    "DataFrame": "~pandas.DataFrame",
    "Series": "~pandas.Series",
    "pandas.Index": "pandas.Index",
    "Tensor": "~torch.Tensor",
    "torch.Generator": "torch.Generator",
    "torch.nn.Module": "torch.nn.Module",
    "skorch.NeuralNet": "skorch.NeuralNet",
    "Pipeline": "~sklearn.pipeline.Pipeline",
}
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
numpydoc_xref_aliases = {name: name for name in DEFAULT_LINKS} | {
    name: f":class:`{target}`" for name, target in LINKED.items()
}

nitpick_ignore = [("py:class", "Module")]  # in what torch says of `forward`, which our nets inherit

html_theme = "pydata_sphinx_theme"
html_title = "skrec"
html_show_sourcelink = False
html_math_renderer = "mathml"
html_static_path = ["_assets"]
html_css_files = ["site.css"]
html_js_files = ["names.js"]
html_theme_options = {
    "collapse_navigation": True,  # its buttons have no name for a screen reader
    "navbar_persistent": [],  # a field in place of a button whose name is not its text
    "navbar_end": ["search-field", "theme-switcher"],
    "show_toc_level": 2,
    "navigation_with_keys": False,
}
