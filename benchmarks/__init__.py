"""Ratios against doing it by hand, both sides measured in turn within one run."""
