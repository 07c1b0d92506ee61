import warnings

import pytest

from skrec import FMClassifier
from skrec.engine import SingleProcess
from skrec.estimators._base._together import facts_of, strategy_of


def test_without_a_group_a_process_is_alone():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert type(strategy_of(FMClassifier())) is SingleProcess


def test_processes_of_torchrun_that_have_no_group_are_told_so(monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.warns(UserWarning, match=r"torchrun has started 2 processes, .* call torch.distributed.init_process"):
        assert type(strategy_of(FMClassifier())) is SingleProcess
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        strategy_of(FMClassifier(data_parallel=False))


def test_what_may_differ_between_processes_is_no_fact():
    one = facts_of(FMClassifier(n_threads=1, verbose=1, random_state=0), (None, "y", None), None)
    assert one == facts_of(FMClassifier(callbacks=[object()]), (None, "y", None), None)
    other = facts_of(FMClassifier(lr=0.1), (None, "y", "w"), None)
    assert {name for name in one if one[name] != other[name]} == {"lr", "sample_weight"}


@pytest.mark.parametrize("value", [True, "yes", 1])
def test_data_parallel_is_auto_or_false(value):
    with pytest.raises(ValueError, match="The 'data_parallel' parameter of FMClassifier must be"):
        FMClassifier(data_parallel=value).fit([[1.0], [2.0]], [0, 1])
