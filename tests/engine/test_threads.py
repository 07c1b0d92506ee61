import pytest
import torch

from skrec.engine import limit_threads


@pytest.mark.parametrize("n_threads", [1, 2])
def test_threads_are_limited_and_given_back(n_threads):
    before = torch.get_num_threads()
    with limit_threads(n_threads):
        assert torch.get_num_threads() == n_threads
        with limit_threads(3):
            assert torch.get_num_threads() == 3
        assert torch.get_num_threads() == n_threads
    assert torch.get_num_threads() == before


def test_threads_are_given_back_after_an_error():
    before = torch.get_num_threads()
    with pytest.raises(KeyError), limit_threads(before + 1):
        raise KeyError
    assert torch.get_num_threads() == before


def test_none_never_sets_the_threads(monkeypatch):
    monkeypatch.setattr(torch, "set_num_threads", lambda n: pytest.fail(f"set to {n}"))
    with limit_threads(None):
        pass
