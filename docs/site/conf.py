"""How the site is built: `make site`. Its pages are put together by `assemble.py`."""

from affidavit import __version__

project = "affidavit"
author = "the affidavit authors"
copyright = author  # noqa: A001 - Sphinx asks for it by this name
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
suppress_warnings = ["misc.highlighting_failure"]  # Pygments does not know all of HCL

html_theme = "furo"
html_title = "affidavit"
html_static_path = ["_static"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = "$ "
