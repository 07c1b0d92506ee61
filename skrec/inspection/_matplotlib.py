"""The extra that draws."""


def check_matplotlib(caller):
    """Raise an ImportError that names the extra, unless `caller` can draw."""
    try:
        import matplotlib  # noqa: F401 - that it can be imported is what is asked
    except ImportError as error:
        raise ImportError(
            f'{caller} requires matplotlib. You can install it with `pip install "skrec-torch[plot]"`.'
        ) from error
