"""Notebooks for the tests of this folder."""

from __future__ import annotations

import json


def metric_cell(value: str = "0.5", repeat: int = 0) -> str:
    return (
        "from IPython.display import display\n"
        "display({'application/vnd.p2n.metric+json': {'name': 'accuracy', 'value': "
        + value
        + f", 'split': 'test', 'dataset': 'd', 'experiment': 'e', 'repeat': {repeat}}}}}, raw=True)"
    )


def notebook(*cells: str) -> str:
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{index}",
                    "metadata": {},
                    "source": source,
                    "outputs": [],
                    "execution_count": None,
                }
                for index, source in enumerate(cells)
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
