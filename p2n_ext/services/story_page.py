"""A story as one page of HTML to print: its pictures within, nothing loaded, nothing run."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape

from p2n_schemas.storyboards import Storyboard, StoryPage

from .report_export.figures import one_line

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1.25rem/1.6 ui-rounded, 'Comic Neue', 'Trebuchet MS', sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
section { break-after: page; break-inside: avoid; margin-bottom: 3rem; }
img { width: 100%; height: auto; }
h1, h2 { line-height: 1.2; }
footer, .small { font-size: .8rem; opacity: .75; }
dt { font-weight: 700; }
dd { margin: 0 0 .5rem; }
"""


def page(story: Storyboard, pictures: Mapping[int, bytes]) -> str:
    """`pictures`: the SVG of each page by its number."""
    told = "\n".join(_page(entry, pictures[entry.number]) for entry in story.pages)
    words = "".join(
        f"<dt>{escape(entry.word)}</dt><dd>{escape(entry.meaning)}</dd>" for entry in story.glossary
    )
    hardest = max(entry.readability.grade for entry in story.pages)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';"
        ' img-src data:">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(one_line(story.title))}: the story</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{escape(story.pages[0].title)}</h1>\n<p class="small">{escape(one_line(story.title))}</p>\n{told}\n'
        f"<section><h2>Words</h2><dl>{words}</dl></section>\n</main>\n"
        f"<footer>Told by {escape(story.author)} from the paper's own facts; Flesch-Kincaid grade {hardest} at most. P2N."
        "</footer>\n</body>\n</html>\n"
    )


def _page(told: StoryPage, picture: bytes) -> str:
    encoded = base64.b64encode(picture).decode()
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in told.text.split("\n\n"))
    return (
        f"<section><h2>{told.number}. {escape(told.title)}</h2>"
        f'<img src="data:image/svg+xml;base64,{encoded}" alt="{escape(told.alt_text)}">{text}</section>'
    )
