"""Sphinx configuration."""

from __future__ import annotations

import django_chat

project = "django_chat"
author = "django_chat contributors"
version = release = django_chat.__version__

extensions = ["myst_parser", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"django_chat {release}"
copybutton_prompt_text = "$ "
