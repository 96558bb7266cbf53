"""Filters as Milvus's boolean expressions."""

from collections.abc import Iterable, Sequence

import numpy as np

from core.gallery.protocol import Filters

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def quoted(text: str) -> str:
    r"""Write a text as a literal of an expression.

    Other characters stay as they are: `\u` is refused by Milvus Lite, and `%` means something after `like`
    alone.

    Examples
    --------
    >>> print(quoted('7" \\ 50 %'))
    "7\" \\ 50 %"
    """
    return f'"{text.translate(_ESCAPES)}"'


def listed(texts: Iterable[str]) -> str:
    """Write texts as a list of literals."""
    return f"[{', '.join(map(quoted, texts))}]"


def filter_expression(filters: Filters, only_ids: Sequence[str] | None = None) -> str:
    """Write filters as an expression; "" where they let every product pass.

    Parameters
    ----------
    filters : Filters
        All but `only_ids`, which may be too many for one expression.
    only_ids : sequence of str, optional

    Examples
    --------
    >>> filter_expression(Filters({"gender": ("Men", "Boys")}, price=(10, None), without_ids=("7",)))
    'gender in ["Men", "Boys"] and price >= 10.0 and not (id in ["7"])'
    """
    parts = [f"{column} in {listed(values)}" for column, values in filters.accepted.items() if values]
    parts += [f"not ({column} in {listed(values)})" for column, values in filters.rejected.items() if values]
    if filters.price is not None:
        lowest, highest = filters.price_bounds
        bounds = [f"price >= {float(lowest)!r}"] if np.isfinite(lowest) else []
        bounds += [f"price <= {float(highest)!r}"] if np.isfinite(highest) else []
        parts += bounds or ["price is not null"]
    if filters.without_ids:
        parts.append(f"not (id in {listed(filters.without_ids)})")
    if only_ids is not None:
        parts.append(f"id in {listed(only_ids)}")
    return " and ".join(parts)
