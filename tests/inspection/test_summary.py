import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError
from torch import nn

from skrec import LRClassifier
from skrec.inspection import summary
from skrec.nets import DeepFM, Fields, MLPSpec
from tests.contract.cases import every_time
from tests.samples import fitted

pytestmark = pytest.mark.fast


@every_time
def test_the_sums_are_those_of_the_net(cls):
    estimator = fitted(cls)[0]
    module = estimator.net_.module_
    table = estimator.summary()
    pd.testing.assert_frame_equal(table, summary(module))
    assert list(table.columns) == ["kind", "shapes", "parameters", "bytes"]
    assert table.index.is_unique
    assert table["parameters"].sum() == sum(p.numel() for p in module.parameters())
    assert table["bytes"].sum() == sum(p.numel() * p.element_size() for p in module.parameters())
    for path, row in table.iterrows():
        block = module.get_submodule(path)
        assert row["kind"] == type(block).__name__
        assert row["shapes"].count(",") == len(list(block.parameters(recurse=False))) - 1


def test_of_a_net():
    fields = Fields(categorical=(0, 1), vocabulary_sizes=(30, 5), n_numeric=2)
    table = summary(DeepFM(fields, embedding_dim=3, mlp=MLPSpec((4,), batch_norm=True)).double())
    expected = {
        "": ("DeepFM", "bias 1", 1),
        "embedding": ("FieldEmbedding", "table 35 x 4, factors 2 x 4", 37 * 4),
        "mlp.0": ("Linear", "weight 4 x 8", 32),
        "mlp.1": ("BatchNorm", "weight 4, bias 4", 8),
        "mlp.3": ("Linear", "weight 1 x 4, bias 1", 5),
    }
    assert {path: tuple(row) for path, *row in table[["kind", "shapes", "parameters"]].itertuples()} == expected
    assert table["bytes"].tolist() == [8 * n for _, _, n in expected.values()]


def test_of_modules_of_others_and_of_shared_parameters():
    one, other = nn.Linear(3, 3), nn.Linear(3, 3)
    other.weight = one.weight
    table = summary(
        nn.ModuleDict({"one": one, "other": other, "once_more": one, "scale": nn.ParameterList([torch.ones(())])})
    )
    assert table["shapes"].to_dict() == {"one": "weight 3 x 3, bias 3", "other": "bias 3", "scale": "0 1"}
    assert table["parameters"].sum() == 9 + 3 + 3 + 1


def test_without_parameters_it_is_empty():
    table = summary(nn.ReLU())
    assert len(table) == table["parameters"].sum() == 0


def test_an_estimator_is_refused_with_what_to_give_instead():
    estimator, _ = fitted(LRClassifier)
    with pytest.raises(TypeError, match=r"takes a torch module, got LRClassifier; that .* is estimator.net_.module_"):
        summary(estimator)


def test_an_estimator_without_a_net_has_no_summary():
    with pytest.raises(NotFittedError):
        LRClassifier().summary()
