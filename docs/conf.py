"""Configure Sphinx, which builds the documentation: `python -m sphinx -W -b html docs docs/_build`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.update(COLUMNS="80", NO_COLOR="1")  # The help of the commands is wrapped at this width.
sys.path.insert(0, str(Path(__file__).parent))

from pytest_lightsail import __version__

project = "pytest-lightsail"
release = version = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "generated",
]
exclude_patterns = ["_build"]

myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_preserve_defaults = True
autoclass_content = "class"
add_module_names = False
toc_object_entries_show_parents = "hide"
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # autodoc already describes the fields of named tuples.

html_theme = "furo"
html_title = "pytest-lightsail"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["_static", "../pytest_lightsail/simulation/assets/state_diagram.css"]
html_css_files = ["state_diagram.css", "pages.css"]
