"""The one verdict on what a picture shows, from the classifier, the garment finder and the nearest products.

Whoever tells what a picture shows (page, command line, notebook) tells this, so that no headline contradicts
what stands beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from core.labels import match_label
from core.models.consensus import JUDGE_NAMES, KNN, NeighbourVote, judge_rank
from core.models.finder.labels import GARMENT_NAMES
from core.models.names import FINDER
from core.models.prediction import NONE_OF_THESE, percent_text, prediction_text
from core.retrieval.verdicts.evidence import Evidence
from core.retrieval.verdicts.verdict_rules import Decision, Sureness, decide

CATALOGUE = "catalogue"
"""The judge of a product: what its own row of the table says."""

_WITHIN_SENTENCE = JUDGE_NAMES | {
    CATALOGUE: "the catalogue",
    FINDER: "the garment finder",
    KNN: "the nearest products",
}

NONE_OF_THE_CLASSES = f"{NONE_OF_THESE} classes"

DOUBT = 0.5
"""Share of what those are worth who agree, from which on others cast doubt on a verdict."""

EQUAL: Mapping[str, float] = MappingProxyType({})
"""Every judge is worth the same."""


@dataclass(frozen=True)
class Verdict:
    """What a picture shows, and who says so.

    Attributes
    ----------
    kind : str or None
        One of the five classes, of the finder's labels, or an article type as the catalogue spells it; None
        where nobody can say.
    label : str or None
        The one of the five classes that it is; None for none of them.
    sureness : Sureness
    heading : str
        ``Jeans, 97 %`` by a classifier or the finder, ``Sarees: 12 of 12 nearest`` by the nearest products,
        ``Dress or T-shirt`` where they contradict each other.
    sentence : str
        Who says so, and who says otherwise.
    probability : float or None
        With which the first of `decided_by` says so: a classifier's, the finder's, or a share of the nearest
        products. None where the verdict leaves open what it is.
    decided_by : tuple of str
        The judges that the verdict follows; none where it leaves open what it is.
    changed : bool
        Whether the classifier by itself says another class, or none where this is one.
    opinions : dict of str to str
        Each judge's own answer in words.
    agreeing : tuple of str
        Judges whose answer this is.
    differing : dict of str to str
        Judges that contradict it, to their answers. One that cannot know (nearest products of a catalogue
        that has nothing of the kind, or of many types) neither agrees nor differs.
    doubted : bool
        Whether it leaves open what the picture shows, or judges worth `DOUBT` of those who agree say
        otherwise: one that is worth little casts no doubt by itself. Never of what a product's own row says.
    """

    kind: str | None
    label: str | None
    sureness: Sureness
    heading: str
    sentence: str
    probability: float | None = None
    decided_by: tuple[str, ...] = ()
    changed: bool = False
    opinions: dict[str, str] = field(default_factory=dict)
    agreeing: tuple[str, ...] = ()
    differing: dict[str, str] = field(default_factory=dict)
    doubted: bool = False

    @property
    def known(self) -> bool:
        """Whether it is one of the five classes."""
        return self.label is not None

    @property
    def reason(self) -> str:
        """Why the verdict is sure, in words: ``since VGG19 is 97 % sure``."""
        judges = [_WITHIN_SENTENCE[judge] for judge in self.decided_by]
        if FINDER not in self.decided_by and self.probability is not None:
            return f"since {judges[0]} is {percent_text(self.probability)} sure"
        return f"since {_listed(judges)} agree" if len(judges) > 1 else f"since {judges[0]} says so"

    @property
    def fits_classifier(self) -> bool:
        """Whether the classifier's probabilities may stand beside the heading: its class is what is said."""
        return self.known and not self.changed and self.decided_by[:1] not in ((), (FINDER,), (KNN,))

    @property
    def conflict(self) -> bool:
        """Whether any judge says otherwise."""
        return bool(self.differing)

    @property
    def n_judges(self) -> int:
        """How many agree or differ."""
        return len(self.agreeing) + len(self.differing)


def reach_verdict(evidence: Evidence, worth: Mapping[str, float] = EQUAL) -> Verdict:
    """Say one thing from what several judges say; see `core.retrieval.verdicts.verdict_rules`.

    Parameters
    ----------
    evidence : Evidence
    worth : mapping of str to float
        What each judge's word weighs against another's (`core.retrieval.verdicts.calibration.judge_worth`);
        one that is not in it weighs 1.

    Examples
    --------
    >>> from core.models.prediction import Prediction
    >>> shares = {"Tshirts": 0.02, "Shirts": 0.0, "Jeans": 0.97, "Skirts": 0.01, "Kurtas": 0.0}
    >>> unknown = Prediction("vgg19", "Jeans", shares, known=False)
    >>> vote = NeighbourVote({"Sarees": 12})
    >>> verdict = reach_verdict(Evidence([unknown], vote=vote, stocked=["Sarees", "Jeans"]))
    >>> verdict.heading, verdict.sureness.value, verdict.label
    ('Sarees: 12 of 12 nearest', 'likely', None)
    """
    return _verdict(decide(evidence), evidence, worth)


def product_verdict(article_type: str, evidence: Evidence) -> Verdict:
    """Say of a product of the catalogue what its own row says, and which judges see it otherwise."""
    return _verdict(Decision(article_type, Sureness.SURE, (CATALOGUE,)), evidence, EQUAL)


def kind_name(kind: str) -> str:
    """Give what one garment of a kind is called; a type without a word of its own goes by its spelling.

    Examples
    --------
    >>> kind_name("t-shirts"), kind_name("Dresses"), kind_name("Sarees")
    ('T-shirt', 'Dress', 'Sarees')
    """
    return GARMENT_NAMES.get(match_label(kind, tuple(GARMENT_NAMES)) or kind, kind)


def _verdict(decision: Decision, evidence: Evidence, worth: Mapping[str, float]) -> Verdict:
    label = match_label(decision.kind) if decision.kind else None
    opinions = _opinions(evidence)
    agrees = {judge: evidence.agrees(judge, decision.kind) for judge in opinions}
    agreeing = tuple(judge for judge, said in agrees.items() if said)
    differing = {judge: words for judge, words in opinions.items() if agrees[judge] is False}
    return Verdict(
        kind=decision.kind,
        label=label,
        sureness=decision.sureness,
        heading=_heading(decision, evidence),
        sentence=_sentence(decision, evidence, opinions, agreeing),
        probability=_probability(decision, evidence),
        decided_by=decision.judges,
        changed=evidence.speaker is not None and evidence.named != label,
        opinions=opinions,
        agreeing=agreeing,
        differing=differing,
        doubted=_is_doubted(decision, agreeing, differing, worth),
    )


def _is_doubted(
    decision: Decision, agreeing: Sequence[str], differing: Mapping[str, str], worth: Mapping[str, float]
) -> bool:
    if not differing or decision.judges == (CATALOGUE,):
        return False
    pro, contra = (sum(worth.get(judge, 1.0) for judge in judges) for judges in (agreeing, differing))
    return not decision.judges or contra >= DOUBT * pro


# Words ------------------------------------------------------------------------------------------------


def _opinions(evidence: Evidence) -> dict[str, str]:
    ranked = sorted(evidence.predictions, key=lambda said: judge_rank(said.model))
    words = {said.model: prediction_text(said) for said in ranked}
    if evidence.garment is not None:
        words[FINDER] = kind_name(evidence.garment.label)
    if evidence.vote is not None:
        words[KNN] = evidence.vote.text
    return words


def _heading(decision: Decision, evidence: Evidence) -> str:
    if decision.kind is None:
        return NONE_OF_THE_CLASSES if evidence.speaker else "Not recognised"
    name = kind_name(decision.kind)
    if decision.instead is not None:
        return f"{name} or {kind_name(decision.instead)}"
    if decision.judges[0] == KNN and evidence.vote is not None:
        return evidence.vote.text
    probability = _probability(decision, evidence)
    return name if probability is None else f"{name}, {percent_text(probability)}"


def _probability(decision: Decision, evidence: Evidence) -> float | None:
    first = decision.judges[0] if decision.judges else None
    if first == KNN:
        return evidence.vote.share if evidence.vote else None
    if first == FINDER:
        return evidence.garment.certainty if evidence.garment else None
    if first is None or first == CATALOGUE or evidence.speaker is None:
        return None
    return evidence.speaker.probabilities[evidence.speaker.label]


def _sentence(
    decision: Decision, evidence: Evidence, opinions: dict[str, str], agreeing: Sequence[str]
) -> str:
    """Say who says so, what the nearest products are, and who says otherwise."""
    answer = NONE_OF_THESE if decision.kind is None else kind_name(decision.kind)
    same = [judge for judge in agreeing if opinions[judge] == answer]
    if decision.judges == (CATALOGUE,):
        same.insert(0, CATALOGUE)
    parts = [f"so {_says(same)} {_names(same)}"] if same else []
    if evidence.vote is not None:
        parts.append(_neighbours_text(evidence.vote))
    others: dict[str, list[str]] = {}
    for judge, words in opinions.items():
        if judge != KNN and judge not in same:
            others.setdefault(words, []).append(judge)
    parts += [f"{_names(judges)} {_says(judges)} {words}" for words, judges in others.items()]
    text = "; ".join(parts) or "nobody is at hand to say what it is"
    return f"{text[0].upper()}{text[1:]}."


def _names(judges: Sequence[str]) -> str:
    return _listed([_WITHIN_SENTENCE[judge] for judge in judges])


def _says(judges: Sequence[str]) -> str:
    return "says" if len(judges) == 1 else "say"


def _neighbours_text(vote: NeighbourVote) -> str:
    (first, most), *rest = [(kind or "of unknown type", count) for kind, count in vote.counts.items()]
    if vote.n == 1:
        return f"the nearest product is {first}"
    if not rest:
        return f"all {vote.n} nearest products are {first}"
    more = [f"{count} {kind}" for kind, count in rest[:2]]
    if others := sum(count for _, count in rest[2:]):
        more.append(f"{others} of other types")
    return f"of the {vote.n} nearest products {_listed([f'{most} are {first}', *more])}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
