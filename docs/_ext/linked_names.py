"""A public name in backticks, in a page or a docstring, links to its page of the reference."""

from docutils import nodes
from sphinx.util.nodes import make_refnode


def _targets(env):
    """Return {name: object} of classes and of functions whose names are no plain words, by full and by last name."""
    targets = {}
    for full, target in env.domains["py"].objects.items():
        last = full.rpartition(".")[2]
        if full.startswith("skrec.") and not target.aliased and target.objtype in ("class", "function"):
            targets[full] = target
            if target.objtype == "class" or "_" in last:
                targets.setdefault(last, target)
    return targets


def _link(app, doctree, page):
    targets = _targets(app.env)
    for node in [*doctree.findall(nodes.literal), *doctree.findall(nodes.title_reference)]:
        target = targets.get(node.astext())
        inside = isinstance(node.parent, nodes.reference | nodes.title)
        if target is not None and not inside and target.docname != page:
            node.replace_self(make_refnode(app.builder, page, target.docname, target.node_id, node.deepcopy()))


def setup(app):
    app.connect("doctree-resolved", _link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
