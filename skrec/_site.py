"""Where the documentation of what is shown in a notebook stands."""

from itertools import takewhile

SITE = "https://skrec-torch.github.io/skrec-torch/"
OF_SKREC_ITSELF = "skrec.estimators"  # the room whose classes users import from skrec


PAGES = SITE + "reference/generated/{page}.html"


def page_of(estimator):
    """Return the name of its class as users import it."""
    cls = type(estimator)
    module = ".".join(takewhile(lambda part: not part.startswith("_"), cls.__module__.split(".")))
    return {"page": f"{'skrec' if module == OF_SKREC_ITSELF else module}.{cls.__name__}"}


class OnSite:
    """Base of transformers and baselines whose page the HTML representation of scikit-learn links to."""

    _doc_link_module = "skrec"  # the class of somebody else's is in another, and has no page
    _doc_link_template = PAGES
    _doc_link_url_param_generator = page_of
