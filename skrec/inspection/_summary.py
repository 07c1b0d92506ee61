"""What a net is made of, as a table."""

from typing import Any

import pandas as pd


def summary(module: Any) -> Any:
    """Return the blocks of a net that have parameters, one a row: what they are, their shapes and how large they are.

    Parameters
    ----------
    module : torch.nn.Module
        For instance ``estimator.net_.module_``.

    Returns
    -------
    DataFrame of shape (n_blocks, 4), in the order of the net
        The index has each block's path in the net, "" for the net itself; `kind` its class, `shapes` its own
        parameters and their shapes, `parameters` how many numbers they hold, `bytes` their memory. A parameter that
        several blocks share is that of the first. The sums are those of the net.

    Raises
    ------
    TypeError
        If `module` is not a torch module.

    Examples
    --------
    >>> from skrec.inspection import summary
    >>> from skrec.nets import LR, Fields
    >>> table = summary(LR(Fields(categorical=(0, 1), vocabulary_sizes=(300, 20), n_numeric=2)))
    >>> print(table.to_string())
                         kind                       shapes  parameters  bytes
    block
                           LR                       bias 1           1      4
    embedding  FieldEmbedding  table 320 x 1, factors 2 x 1         322   1288
    """
    if not hasattr(module, "named_modules"):
        raise TypeError(
            f"summary takes a torch module, got {type(module).__name__}; that of a fitted estimator is "
            "estimator.net_.module_"
        )
    known, rows = set(), {}
    for path, block in module.named_modules():
        own = {name: p for name, p in block.named_parameters(recurse=False) if id(p) not in known}
        known |= {id(p) for p in own.values()}
        if own:
            rows[path] = {
                "kind": type(block).__name__,
                "shapes": ", ".join(f"{name} {_shape(p)}" for name, p in own.items()),
                "parameters": sum(p.numel() for p in own.values()),
                "bytes": sum(p.numel() * p.element_size() for p in own.values()),
            }
    columns = ["kind", "shapes", "parameters", "bytes"]
    index = pd.Index(list(rows), name="block", dtype=object)
    return pd.DataFrame(list(rows.values()), index=index, columns=columns).astype({"parameters": int, "bytes": int})


def _shape(parameter):
    """Return the axes of a parameter, 1 where there is none."""
    return " x ".join(map(str, parameter.shape)) or "1"
