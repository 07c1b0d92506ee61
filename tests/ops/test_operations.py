"""Every operation against its reference, with and without its kernel, on one thread and on several."""

import inspect
import pkgutil
from contextlib import contextmanager
from importlib import import_module

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec import ops
from skrec.engine import limit_threads
from skrec.ops import _dispatch, can_compile, compiled
from tests.ops.case import Draw
from tests.ops.cases import CASES

MODULES = [import_module(f"skrec.ops.{module.name}") for module in pkgutil.iter_modules(ops.__path__)]
OPERATIONS = [module for module in MODULES if hasattr(module, "reference")]
every = pytest.mark.parametrize("case", CASES, ids=repr)
every_kernel = pytest.mark.parametrize("case", [case for case in CASES if case.kernel], ids=repr)
both_ways = pytest.mark.parametrize(
    "wanted", [pytest.param(False, id="torch"), pytest.param(True, id="kernel", marks=pytest.mark.needs_numba)]
)
data = st.data()


def test_every_operation_has_a_case_and_only_operations_have_gradients():
    assert {case.module for case in CASES} == set(OPERATIONS)
    for module in MODULES:
        own = [one for one in vars(module).values() if inspect.isclass(one) and one.__module__ == module.__name__]
        assert module in OPERATIONS or not any(issubclass(one, torch.autograd.Function) for one in own)


def test_every_operation_is_exported():
    public = {name for case in CASES for name in case.module.__all__}
    assert public <= set(ops.__all__)


PLAIN = [each for module in OPERATIONS for each in vars(module).values() if hasattr(each, "__wrapped__")]


@pytest.mark.needs_numba
@pytest.mark.parametrize("plain", PLAIN, ids=lambda plain: f"{plain.__module__}.{plain.__name__}")
def test_a_kernel_has_the_arguments_of_its_plain_function(plain):
    module, name = plain.__module__.rpartition(".")[2].removeprefix("_"), plain.__name__.removeprefix("_")
    kernel = getattr(import_module(f"skrec.ops._kernels.{module}"), name)
    assert list(inspect.signature(kernel).parameters) == ["n_threads", *inspect.signature(plain).parameters]


def as_dtype(operands, dtype, *, strided=False):
    """Return the operands with floating ones of a dtype, not contiguous if `strided`."""

    def convert(operand):
        if not (torch.is_tensor(operand) and operand.is_floating_point()):
            return operand
        operand = operand.to(dtype)
        return torch.stack([operand, operand], -1)[..., 0] if strided else operand

    return {name: convert(operand) for name, operand in operands.items()}


def differentiate(case, function, operands, *, used=None, penalised=False, autocast=False):
    """Return results and gradients by name, those of a random linear loss of the `used` results.

    As in training, only what computes the results is under autocast.
    """
    names = [name for name in case.trained if name in operands]
    leaves = {name: operands[name].detach().requires_grad_() for name in names}  # a copy would be contiguous
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        results = function(**{**operands, **leaves})
    results = results if isinstance(results, tuple) else (results,)
    results, penalty = (results[:-1], results[-1]) if penalised else (results, 0)
    found = {f"result {place}": result.detach() for place, result in enumerate(results)}
    for place, result in enumerate(results):
        if result.requires_grad and (used is None or place in used):
            penalty = penalty + (result * Draw(place).normal(*result.shape)).sum()
    if torch.is_tensor(penalty) and penalty.requires_grad:
        gradients = torch.autograd.grad(penalty, list(leaves.values()), materialize_grads=True)
        found |= {name: gradient.to_dense() for name, gradient in zip(names, gradients, strict=True)}
    return found


@contextmanager
def in_pieces_of(case, size):
    """Let an operation that goes piece by piece take smaller ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*case.pieces, size)
        yield


def assert_close(found, expected, tolerance):
    assert found.keys() == expected.keys()
    for name, one in found.items():
        other = expected[name].to(one.dtype)
        assert one.shape == other.shape, name
        difference = (one.double() - other.double()).norm()
        assert difference <= tolerance * (other.double().norm() + 0.1 * one.numel() ** 0.5), (name, one, other)


def draw_operands(case, draw, dtype):
    sizes = {name: draw.draw(strategy, label=name) for name, strategy in case.sizes.items()}
    operands = case.make(Draw(draw.draw(st.integers(0, 99), label="seed")), **sizes)
    return as_dtype(operands, dtype, strided=draw.draw(st.booleans(), label="strided"))


@every
@both_ways
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@given(draw=data)
@settings(max_examples=40, deadline=None)
def test_is_its_reference_and_so_is_its_gradient(case, wanted, dtype, draw):
    """The reference in float64, of the same numbers."""
    operands = draw_operands(case, draw, dtype)
    size = draw.draw(st.sampled_from([1, 100, 10**6]), label="numbers of a piece")
    with compiled(wanted), in_pieces_of(case, size):
        found = differentiate(case, case.run, operands)
    assert all(result.dtype == dtype for result in found.values())
    exact = differentiate(case, case.reference, as_dtype(operands, torch.float64), penalised=case.penalised)
    assert_close(found, exact, case.tolerance[dtype])


@every
@both_ways
@pytest.mark.parametrize("place", [0, 1, 2])
def test_gradient_of_one_result_alone(case, wanted, place):
    operands = case.make(Draw(0), **case.small)
    with compiled(wanted):
        found = differentiate(case, case.run, operands, used=[place])
    exact = differentiate(case, case.reference, operands, used=[place], penalised=case.penalised)
    assert_close({name: found[name] for name in exact}, exact, 1e-9)


@every
@both_ways
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_without_a_row(case, wanted, dtype):
    operands = as_dtype(case.make(Draw(0), **{**case.small, **case.none}), dtype)
    with compiled(wanted):
        found = differentiate(case, case.run, operands)
    exact = differentiate(case, case.reference, as_dtype(operands, torch.float64), penalised=case.penalised)
    assert_close(found, exact, 1e-3 if dtype == torch.float32 else 1e-6)


class Dense(torch.autograd.Function):
    """The same, with a gradient that gradcheck can read."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return gradient.to_dense()


@every
@both_ways
def test_gradient_is_that_of_differences(case, wanted):
    operands = case.make(Draw(0), **case.small)
    leaves = [operands[name].requires_grad_() for name in case.trained]

    def run(*leaves):
        results = case.run(**{**operands, **dict(zip(case.trained, map(Dense.apply, leaves), strict=True))})
        results = results if isinstance(results, tuple) else (results,)
        return tuple(result for result in results if result.requires_grad)

    with compiled(wanted):
        assert torch.autograd.gradcheck(run, leaves)


@every
def test_is_differentiated_once(case):
    operands = case.make(Draw(0), **case.small)
    leaf = operands[case.trained[0]].requires_grad_()
    result = case.run(**operands)
    result = result[0] if isinstance(result, tuple) else result
    (gradient,) = torch.autograd.grad(result.sin().sum(), leaf, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.to_dense().sum().backward()


@every
@both_ways
def test_gives_the_same_without_a_gradient(case, wanted):
    operands = as_dtype(case.make(Draw(0), **case.small), torch.float32)
    results = []
    for grad in (True, False):
        with compiled(wanted), torch.set_grad_enabled(grad):
            result = case.run(**{name: leaf(operand, name in case.trained) for name, operand in operands.items()})
        results.append(result if isinstance(result, tuple) else (result,))
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)
        assert not other.requires_grad


def leaf(operand, trained):
    return operand.detach().clone().requires_grad_() if trained else operand


@pytest.mark.needs_numba
@every_kernel
@given(draw=data)
@settings(max_examples=40, deadline=None)
def test_kernel_is_torch(case, draw):
    for dtype in case.kernel:
        operands = draw_operands(case, draw, dtype)
        results = []
        for wanted in (False, True):
            with compiled(wanted):
                results.append(differentiate(case, case.run, operands))
        if case.kernel_has_torch_s_bits:
            torch.testing.assert_close(*results, rtol=0, atol=0)
        else:
            assert_close(*results, case.tolerance[dtype])


@pytest.mark.needs_numba
@every_kernel
def test_kernel_runs_where_it_is_wanted(case, monkeypatch):
    taken = []
    for module in (_dispatch, case.module):
        if hasattr(module, "as_arrays"):
            monkeypatch.setattr(module, "as_arrays", spied(module.as_arrays, taken))
    operands = as_dtype(case.make(Draw(0), **case.small), case.kernel[0])
    for wanted in (True, False):
        with compiled(wanted):
            differentiate(case, case.run, operands)
        assert bool(taken) == wanted
        taken.clear()


def spied(function, calls):
    def spy(*arguments):
        calls.append(function)
        return function(*arguments)

    return spy


@every
@pytest.mark.parametrize("n_threads", [2, 3])
def test_on_one_thread_and_on_several(case, n_threads):
    """A kernel's results have the same bits."""
    operands = as_dtype(case.make(Draw(0), **case.large), torch.float32)
    for wanted in [False, True] if case.kernel and can_compile() else [False]:
        results = []
        for n in (1, n_threads):
            with compiled(wanted), limit_threads(n):
                results.append(differentiate(case, case.run, operands))
        assert_close(*results, 1e-5)
        if wanted:
            assert [name for name in results[0] if not torch.equal(results[0][name], results[1][name])] <= [
                *case.by_torch
            ]


@every
@both_ways
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_nan_is_not_hidden_and_stays_in_its_rows(case, wanted, dtype):
    operands, first = as_dtype(case.make(Draw(0), **case.small), dtype), case.trained[0]
    operands[first].view(-1)[2] = torch.nan
    with compiled(wanted):
        found = differentiate(case, case.run, operands)
    expected = differentiate(case, case.reference, operands, penalised=case.penalised)
    for name in [name for name in found if name not in case.trained]:
        assert torch.equal(found[name].isnan(), expected[name].isnan()), name
    rows, rows_of_reference = (
        gradients[first].isnan().view(len(operands[first]), -1).any(1) for gradients in (found, expected)
    )
    assert not (rows & ~rows_of_reference).any()


@every
@both_ways
def test_under_autocast(case, wanted):
    """In float32, or near it in bfloat16; the gradients are of their operands' dtype."""
    operands = as_dtype(case.make(Draw(0), **case.small), torch.float32)
    with compiled(wanted):
        exact = differentiate(case, case.run, operands)
        found = differentiate(case, case.run, operands, autocast=case.autocast is not None)
    if case.autocast == torch.bfloat16:
        assert_close({name: result.float() for name, result in found.items()}, exact, 0.05)
    else:
        torch.testing.assert_close(found, exact, rtol=0, atol=0)
    assert all(found[name].dtype == torch.float32 for name in case.trained)
