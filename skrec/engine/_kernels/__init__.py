"""Compiled passes over memory: the only package that imports numba, itself imported where a kernel runs."""
