"""Compiled steps of the operations: this package and `engine._kernels` alone import numba, and are where one runs."""
