"""Comparisons with what a user would otherwise run; `make bench` runs them all."""
