"""From an estimator's settings to a running net."""

from numbers import Real
from typing import Any

import pandas as pd
import torch
from skorch.callbacks import EarlyStopping, PrintLog, ProgressBar

from skrec._text import brief, quoted, shortened
from skrec._warn import warn
from skrec.data import CATEGORICAL
from skrec.engine import (
    EpochTable,
    Net,
    NotFiniteError,
    RowAdagrad,
    RowAdam,
    RowSGD,
    SingleProcess,
    Stopping,
    columns,
    limit_threads,
    multiplies_bfloat16_faster,
)
from skrec.estimators._base._callbacks import schedule, user_callbacks
from skrec.estimators._base._finite import far_off
from skrec.estimators._base._splitting import parts_of_batches
from skrec.losses import WeightedLoss
from skrec.nets.layers._size import dense_matrices
from skrec.ops import can_compile, compiled

ALONE = SingleProcess()
OPTIMIZERS: dict[str, Any] = {"adam": RowAdam, "adagrad": RowAdagrad, "sgd": RowSGD}
COMPILED_LOOKUPS = 1_000_000  # below, importing and compiling the kernel costs more than it saves
COMPILED_STEPS = 1000  # of a closed form; a step of torch takes .4 ms more, to load the kernels .5 s
CHECKED_ROWS = 1024  # of the training rows, for finite predictions
AUTOCAST_WEIGHTS, AUTOCAST_ROWS = 20_000, 50_000  # below, casting costs what the matrix units save


def make_net(settings, module, loss, target, seed):
    """Return an initialised net for `module`; what a later run may change is set by `run`."""
    net = Net(
        module,
        loss if isinstance(loss, torch.nn.Module) else WeightedLoss(loss),
        optimizer=OPTIMIZERS[settings.optimizer],
        device=device_of(settings.device),
        seed=seed,
        target=target,
        schema=settings.schema_,
        strategy=vars(settings).get("_strategy"),
    )
    return net.initialize()


def run(net, settings, rows, rows_valid=None, *, n_epochs, scores=(), callbacks=(), monitor=None):
    """Train `net` for at most `n_epochs` more.

    Parameters
    ----------
    net : Net
    settings : estimator
        Where the training parameters come from.
    rows, rows_valid : Rows
    n_epochs : int
    scores, callbacks : sequence of skorch callbacks
        Called before the user's, which may monitor what they record, and after them.
    monitor : str, optional
        The column of the history that early stopping watches; without it all epochs are run.

    Returns
    -------
    best_epoch : int
        The epoch whose weights the net has.
    """
    if not isinstance(net.optimizer_, OPTIMIZERS[settings.optimizer]):
        raise ValueError(
            f"optimizer={quoted(settings.optimizer)} cannot go on from the moments of {type(net.optimizer_).__name__}; "
            "keep the optimizer of the first fit, or fit afresh with warm_start=False"
        )
    net.device = device_of(settings.device)
    net.resume()
    net.max_epochs, net.rows_valid = n_epochs, rows_valid and rows_valid.to(net.device)
    n_rows = net.strategy.total(len(rows))
    net.batch_size = batch_size(settings.batch_size, n_rows)
    net.lr, net.embedding_l2, net.verbose = settings.lr, settings.embedding_l2, settings.verbose
    net.unknown_rate = unknown_rates(settings, rows.inputs.codes.shape[1])
    net.autocast = _autocast(settings, net, rows.inputs.numeric.dtype, n_rows)
    large = pays_to_compile(settings, rows, n_epochs, net.strategy)
    net.optimizer_.compiled = large or _pays_for_steps(net, n_rows)
    for group in net.optimizer_.param_groups:
        # the last is what torch's schedulers go on from
        group.update(lr=settings.lr, weight_decay=settings.weight_decay, initial_lr=settings.lr)
    of_user = user_callbacks(settings, rows_valid is not None, net.strategy)
    net.shows = bool(of_user) or settings.verbose > 1
    net.n_parts, net.least_rows, limit = parts_of_batches(net, torch.get_num_threads(), rows)
    net.callbacks = [*scores, *of_user, *schedule(settings, net.history), *callbacks]
    if settings.verbose > 1:
        net.callbacks.append(ProgressBar(detect_notebook=False))
    if settings.verbose and not any(isinstance(callback, PrintLog) for callback in of_user):
        net.callbacks.append(EpochTable())
    restoring = [callback for callback in of_user if isinstance(callback, EarlyStopping) and callback.load_best]
    if monitor is not None:
        restoring.append(Stopping(monitor, settings.n_iter_no_change, settings.tol))
        net.callbacks.append(restoring[-1])
    net.initialize_callbacks()
    try:
        with compiled(large), limit_threads(limit):
            net.partial_fit(rows.to(net.device))
        _check_outputs(net, rows)
    except NotFiniteError as error:
        for some in filter(None, (rows, rows_valid)):
            if guilty := far_off(some, settings.schema_):
                raise guilty from error
        raise
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        raise MemoryError(
            f"Expected a batch of {net.batch_size} rows to fit into the memory available ({error}); lower "
            f"batch_size={settings.batch_size!r}, or make the model smaller"
        ) from error
    return (restoring and restoring[-1].best_epoch_) or len(net.history)


def _check_outputs(net, rows):
    """Raise ValueError if predictions are not finite: an epoch's loss does not know what its last step did."""
    net.module_.eval()
    few = rows[:CHECKED_ROWS].inputs
    with torch.inference_mode():
        net.strategy.fetch(net.module_, few)
        if not net.infer(few).isfinite().all():
            raise NotFiniteError(
                f"The predictions are not finite after epoch {len(net.history)}; lower lr={net.lr}, "
                "or scale a target of extreme values"
            )


def batch_size(setting, n_rows):
    """Return the rows of a training step: about fifty steps an epoch, of 64 to 2048 rows."""
    return min(max(n_rows // 50, 64), 2048) if setting == "auto" else int(setting)  # torch takes no numpy integer


def unknown_rates(settings, n_columns):
    """Return the share of all codes that are taken for unknown, or those of each of `n_columns`, a tuple."""
    given = settings.unknown_rate
    if not isinstance(given, dict):
        return given
    names = [field.name for field in settings.schema_.of_role(CATEGORICAL)]
    for name, share in given.items():
        if name not in names:
            raise ValueError(
                f"unknown_rate={quoted(given)} has the shares of categorical columns by name, got {quoted(name)}; "
                f"they are {', '.join(map(quoted, names)) or 'none'}"
            )
        if not isinstance(share, Real) or not 0 <= float(share) < 1:
            raise ValueError(
                f"unknown_rate[{quoted(name)}] must be a float in the range [0.0, 1.0), got {quoted(share)}"
            )
    rates = [float(given.get(name, 0)) for name in names]
    return tuple(rates + [0.0] * (n_columns - len(names))) if any(rates) else 0.0  # behind them are crossed columns


def warn_of_decay(settings, module):
    """Warn of a weight decay that has nothing to decay."""
    if settings.weight_decay and not dense_matrices(module):
        warn(
            f"weight_decay={settings.weight_decay} does nothing in this {type(settings).__name__}: it decays dense "
            "weight matrices, and the model has embeddings alone; use embedding_l2, which keeps those short."
        )


def device_of(setting):
    """Return the device that the parameter says; "auto" is a GPU of CUDA or ROCm if torch sees one, else the CPU.

    Apple's is left out: it has no float64, in which plain float64 arrays are learnt.
    """
    if setting != "auto":
        return setting
    return "cuda" if torch.cuda.is_available() else "cpu"


def check_device(setting):
    """Raise ValueError if torch has no such device here."""
    try:
        torch.empty(0, device=device_of(setting)).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = shortened(str(error).splitlines()[0])
        raise ValueError(
            f"device={quoted(setting)} is not there ({reason}); choose 'cpu', 'auto' or an accelerator of this machine"
        ) from brief(error)


def pays_to_compile(settings, rows, n_passes, strategy=ALONE):
    """Return whether kernels save more, in so many passes over all rows, than it takes to load them."""
    codes, lists = rows.inputs.codes, rows.inputs.lists  # of several rows the same, where negatives are drawn
    lookups = (codes.numel() + sum(len(bag.codes) for bag in lists)) * len(rows) // len(codes)
    on_cpu = torch.device(device_of(settings.device)).type == "cpu"
    return on_cpu and strategy.total(lookups) * n_passes >= COMPILED_LOOKUPS and can_compile()


def _pays_for_steps(net, n_rows):
    """Return whether compiled steps of a net that has them save more than it takes to load them."""
    n_steps = net.max_epochs * -(-n_rows // net.batch_size)
    form = net.module_.closed_form() if hasattr(net.module_, "closed_form") else None
    return n_steps >= COMPILED_STEPS and form is not None and net.device == "cpu" and can_compile()


def _autocast(settings, net, dtype, n_rows):
    if settings.precision == "bfloat16" and dtype == torch.float64:
        raise ValueError(
            "precision='bfloat16' does not go with a float64 array, which is learnt in float64; "
            "pass X.astype('float32') or a frame with typed columns"
        )
    if settings.precision != "auto" or dtype == torch.float64:
        return settings.precision == "bfloat16"
    dense = sum(p.numel() for name, p in net.module_.named_parameters() if p.ndim == 2 and "embedding" not in name)
    if dense < AUTOCAST_WEIGHTS or n_rows < AUTOCAST_ROWS:
        return False
    return net.strategy.agree(float(multiplies_bfloat16_faster(device_of(settings.device)))) == 1


def history_frame(history):
    """Return skorch's history as a frame: epoch, losses, scores and what else was recorded, learning rate, seconds."""
    frame = pd.DataFrame([dict(epoch) for epoch in history])
    return frame[columns(frame)].rename(columns={"dur": "seconds"})
