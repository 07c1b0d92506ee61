"""Compiled functions of the operations: this package and `engine._kernels` alone import numba, where a kernel runs."""
