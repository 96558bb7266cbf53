"""What a folder's name makes of its photographs: a label, none of the five classes, or neither."""

import numpy as np
import pytest

from core.evaluation.classification import photo_figures
from core.evaluation.model_outputs import ModelOutputs
from core.labels import LABELS
from tests.conftest import ToyModel, garment


class CallsWideOnesKurtas(ToyModel):
    """Knows what is dark at the left rim of its picture; calls it a kurta where it is wide."""

    def classify(self, pictures):
        probabilities = np.full((len(pictures), len(LABELS)), 0.05, np.float32)
        for row, picture in enumerate(pictures):
            wide = picture[40, 15, 0] < 250
            probabilities[row, LABELS.index("Kurtas" if wide else "Shirts")] = 0.8
        return probabilities, np.array([picture[40, 15, 0] < 250 for picture in pictures], bool)


def figures(*kinds_and_widths):
    answers = ModelOutputs("toy", CallsWideOnesKurtas("toy"))
    answers.add([garment((20, 30, 90), width) for _, width in kinds_and_widths])
    return photo_figures(answers, [kind for kind, _ in kinds_and_widths])


def test_a_folder_kurta_has_the_label_kurtas():
    found = figures(("kurta", 20), ("kurta", 5), ("shirt", 5))
    assert found["n"] == 3
    assert found["by_class"]["kurta"] == {"n": 2, "recall": 0.5, "known": 0.5}
    assert found["accuracy"] == pytest.approx(2 / 3)


def test_a_folder_other_counts_for_known_alone():
    labelled = (("shirt", 5), ("kurta", 20))
    alone, beside = figures(*labelled), figures(*labelled, ("other", 20), ("other", 5), ("hat", 5))
    for key in ("n", "accuracy", "macro_recall", "ece", "known"):
        assert alone[key] == beside[key]
    assert beside["by_class"]["other"] == {"n": 2, "recall": None, "known": 0.5}
    assert beside["none_of_these"] == {"n": 3, "share": pytest.approx(2 / 3)}
    assert alone["none_of_these"] == {"n": 0, "share": None}


def test_a_folder_that_may_hold_some_of_the_classes_is_no_none_of_these():
    assert figures(("shirt", 5), ("pants", 5))["none_of_these"]["n"] == 0
