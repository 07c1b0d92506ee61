"""Estimators whose tables are larger than a machine: each process of a group holds a part of every one.

``data_parallel="sharded"`` lets `fit` share tables out: row i is in process i modulo their number, and with it its
moments. What a batch looks up comes from where it is, and its gradient goes there. The fitted estimator predicts in all
processes together, each of rows of its own, with as many calls in each. It is saved by all, and loaded by as many as
there are then, or by one, which has whole tables from then on.

Examples
--------
What each process runs, under torchrun or another engine:

.. code-block:: python

    import pyarrow.dataset as ds
    import torch.distributed as dist
    from skrec import DeepFMClassifier
    from skrec.distributed import save

    dist.init_process_group("gloo")
    clicks = ds.dataset("clicks")  # the same in all: row groups are dealt out
    model = DeepFMClassifier(data_parallel="sharded", random_state=0).fit(clicks, "click")
    save(model, "model")
"""

from skrec.estimators._base._shards import gather, load, save

__all__ = ["gather", "load", "save"]
