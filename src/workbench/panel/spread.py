"""How sure a panel figure is, and how much its members agree.

In: the votes and the fit.  Out: the half width of the 90 % interval on the scale of the model, and the agreement.
"""

from __future__ import annotations

import numpy as np

from workbench.panel.fit import Fit
from workbench.panel.long import Floats, Long, summed
from workbench.panel.steps import told

LEVEL = 1.645
"""Standard deviations of a 90 % interval."""


MIDDLE = 0.25
"""Share of a shift's variance, over the number of members, by which two fair ways to find a panel's middle differ."""
FIGURES = 1.2
"""A member is compared with figures that have a noise of their own."""


def shift_half_widths(model: Fit) -> Floats:
    """Half the 90 % interval of each voter's shift against the middle of the panel, on the scale of the model."""
    members = np.bincount(model.rater_part)[model.rater_part]
    return np.asarray(LEVEL * np.sqrt(FIGURES * model.shift_variance + MIDDLE * model.shift_spread**2 / members))


def half_widths(table: Long, model: Fit) -> Floats:
    """Half the 90 % interval: noise of the household, the members' common leniency, their shifts, slopes and clues."""
    crew = np.unique(table.rater)
    parts = int(model.rater_part.max(initial=0)) + 1
    raters = np.bincount(model.rater_part[crew], weights=told(model.slope[crew]), minlength=parts)
    common = model.shift_spread**2 / np.maximum(raters, 0.25)[model.item_part]
    d = model.figure - model.level[model.item_part]
    shifts = summed(table.item, model.weight**2 * model.shift_variance[table.rater], table.items)
    slopes = summed(table.item, model.weight**2 * model.slope_variance[table.rater], table.items) * d**2
    return np.asarray(LEVEL * np.sqrt(model.variance + common + shifts + slopes + _clues(table, model)))


def _clues(table: Long, model: Fit) -> Floats:
    """Variance of the household's mean correction by the members' own words."""
    if not table.clues.shape[1]:
        return np.zeros(table.items)
    adjusted = table.clues @ model.beta
    k = table.sizes.astype(np.float64)
    square = summed(table.item, adjusted**2, table.items)
    pooled = float(square.sum() / max(float((k - 1).sum()), 1.0))
    return np.asarray((square + 4 * pooled) / (k - 1 + 4) / np.maximum(k, 1))


def agreement(table: Long, model: Fit) -> Floats:
    """1 / (1 + mean squared standardised deviation); NaN for one rater.

    A deviation that the model expects gives ½; 1 is all alike.
    """
    k = table.sizes
    mean = summed(table.item, model.deviation**2, table.items) / np.maximum(k, 1)
    return np.where(k > 1, 1 / (1 + mean), np.nan)
