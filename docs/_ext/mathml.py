"""Formulas as MathML, written when the site is built: no script, no font and no picture is loaded for them."""

from docutils import nodes
from latex2mathml.converter import convert


def _inline(writer, node):
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(writer, node):
    for formula in filter(str.strip, node.astext().split("\n\n")):  # a line of its own each
        writer.body.append(f'<p class="math">{convert(formula, display="block")}</p>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
