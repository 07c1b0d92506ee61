"""Compiled updates of the optimizers, imported where one runs: what compiles them lies with the kernels of `ops`."""
