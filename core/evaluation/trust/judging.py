"""What the judges and the nearest products say of pictures whose garment is known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.evaluation.trust.views import LabelledView
from core.gallery.protocol import Filters, QueryVectors
from core.gallery.stored_catalogue import StoredCatalogue
from core.labels import LABELS, is_of_kind, spellings_of
from core.models.consensus import K_NEIGHBOURS, knn_vote
from core.models.names import CLASSIFIER
from core.protocols import ProgressStep
from core.retrieval.agreement import Judgement, query_class, stocked_types
from core.retrieval.encoder import Encoder
from core.retrieval.query import nearest_products
from core.retrieval.request import VectorQuery
from core.retrieval.verdicts.calibration import (
    Calibration,
    is_very_close,
    judge_worth,
    known_on_photograph,
    something_features,
)
from core.retrieval.verdicts.evidence import Evidence
from core.retrieval.verdicts.verdict import Verdict, reach_verdict


@dataclass(frozen=True, eq=False)
class JudgedView:
    """A picture whose garment is known, and what was said of it.

    Attributes
    ----------
    source, group, kinds, known
        As of `LabelledView`.
    evidence : Evidence
        From the classifiers, the finder and the nearest products.
    verdict : Verdict
    sure : str or None
        The class that the verdict is sure of.
    scores : float array (12,)
        Of the nearest products, as the page shows them first by score.
    right : bool array (12,)
        Which of them are of the right kind.
    class_scores : dict of label to float
        Best score of each of the five classes.
    something : dict of str to float
        What tells whether there is anything in it; see `something_features`.
    """

    source: str
    group: str
    kinds: tuple[str, ...]
    known: bool | None
    evidence: Evidence = field(repr=False)
    verdict: Verdict = field(repr=False)
    sure: str | None
    scores: np.ndarray = field(repr=False)
    right: np.ndarray = field(repr=False)
    class_scores: dict[str, float]
    something: dict[str, float]

    @property
    def verdict_right(self) -> bool:
        """Whether what is said fits: a broader kind does, and "none of the classes" where it is none."""
        said = self.verdict.kind
        if said is None:
            return self.known is False
        return any(is_of_kind(said, kind) or is_of_kind(kind, said) for kind in self.kinds)


def judge_views(
    views: Iterable[LabelledView],
    extractor: str,
    catalogue: StoredCatalogue,
    encoder: Encoder,
    *,
    step: ProgressStep,
    classifiers: Sequence[str] = (CLASSIFIER,),
    calibration: Calibration | None = None,
) -> list[JudgedView]:
    """Ask everybody about pictures whose garment is known.

    Parameters
    ----------
    views : iterable of LabelledView
    extractor : str
    catalogue : StoredCatalogue
    encoder : Encoder
    step : callable
        Of a progress bar.
    classifiers : sequence of str
        That are asked.
    calibration : Calibration, optional
        By which verdicts are reached.

    Returns
    -------
    list of JudgedView
    """
    judged = []
    for view in views:
        judged.append(
            _judge(view, extractor, catalogue, encoder, classifiers=classifiers, calibration=calibration)
        )
        step(1)
    return judged


def _judge(
    view: LabelledView,
    extractor: str,
    catalogue: StoredCatalogue,
    encoder: Encoder,
    *,
    classifiers: Sequence[str],
    calibration: Calibration | None,
) -> JudgedView:
    query = view.query
    vector = encoder.embed(extractor, query.image, query.key)
    nearest = nearest_products(
        VectorQuery({extractor: vector}), extractor, K_NEIGHBOURS, catalogue=catalogue, encoder=encoder
    )
    types = catalogue.types_of(nearest.ids)
    predictions = [
        known_on_photograph(encoder.classify(name, query.image, query.key), calibration)
        for name in classifiers
    ]
    vote = knn_vote(types, very_close=is_very_close(float(nearest.scores[0]), extractor, calibration))
    evidence = Evidence(predictions, query.garment, vote, stocked_types(catalogue))
    verdict = reach_verdict(evidence, judge_worth(calibration))
    return JudgedView(
        view.source,
        view.group,
        view.kinds,
        view.known,
        evidence,
        verdict,
        query_class(query, Judgement(verdict, evidence.speaker), catalogue).sure,
        np.asarray(nearest.scores),
        np.array([any(is_of_kind(each, kind) for kind in view.kinds) for each in types], bool),
        _class_scores(QueryVectors.of(extractor, vector), catalogue),
        something_features(evidence, float(nearest.scores[0]), query.image),
    )


def _class_scores(vectors: QueryVectors, catalogue: StoredCatalogue) -> dict[str, float]:
    """Give the best score of each class that the catalogue has."""
    best = {}
    for label in LABELS:
        if spelled := spellings_of(label, stocked_types(catalogue)):
            of_class = Filters({"articleType": spelled})
            (found,) = catalogue.gallery.search(vectors, 1, filters=of_class)
            best[label] = float(found.scores[0])
    return best
