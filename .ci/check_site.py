"""Look at a built site: each link leads to a file and an anchor that are there, and nothing is loaded from elsewhere.

python .ci/check_site.py docs/_build/html
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"img": "src", "script": "src", "source": "src", "iframe": "src", "link": "href"}
NOT_LOADED = {"canonical", "search", "next", "prev", "index", "author", "copyright", "help"}  # of <link rel=...>


class Page(HTMLParser):
    """What a page links to, what it loads, and its anchors."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loaded, self.anchors = set(), set(), {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Read a tag."""
        given = dict(attrs)
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.add(given["href"])
        address = given.get(LOADED.get(tag))
        if address and not (tag == "link" and given.get("rel") in NOT_LOADED):
            self.loaded.add(address)


def check(folder):
    """Return what is wrong, a line each, and how many pages and links there are."""
    paths = [path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts]  # the theme's own template
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in paths}
    wrong, n_links = [], 0
    for path, page in pages.items():
        here = path.relative_to(folder)
        wrong += [f"{here} loads {one}" for one in page.loaded if urlsplit(one).netloc]
        for link in sorted(page.links | page.loaded):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            n_links += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                wrong.append(f"{here} links to {link}, which is not there")
            elif target in pages and unquote(parts.fragment) not in pages[target].anchors:
                wrong.append(f"{here} links to {link}, which has no such anchor")
    return wrong, len(pages), n_links


def main(folder):
    """Print what is wrong, and say so by the exit status."""
    wrong, n_pages, n_links = check(Path(folder).resolve())
    print("\n".join(wrong + [f"{n_pages} pages with {n_links} links to each other, {len(wrong)} that are wrong"]))
    if wrong or not n_pages:
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
