"""What words mean in a catalogue: values of its columns, or words in the names of its products."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.catalogue.looks import LOOKS, PRINTS
from core.gallery.facets import FILTER_COLUMNS
from core.gallery.protocol import Filters
from core.labels import label_key
from core.retrieval.words.synonyms import VALUES, article_types_called

NAME = "productDisplayName"

PARTLY_NAMED = ("baseColour", "brandName")
"""Columns of which a part of a value is enough: navy for Navy Blue."""

FILLING = frozenset(
    ("a", "an", "and", "but", "for", "in", "it", "like", "of", "one", "same", "the", "this", "with")
)
"""Words that say nothing of a garment."""

LONGEST = 4  # words that one term has at most
SHORTEST_START = 3  # letters from which on the start of a word is enough


@dataclass(frozen=True)
class Term:
    """A word, or a few, and what it means in a catalogue."""

    text: str  # as it was typed, in small letters
    column: str = ""  # that it is a value of; "" for a word in names
    meant: tuple[str, ...] = ()  # the column's values
    pattern: str = ""  # what names are searched for, a regular expression; "" for a value


@dataclass(frozen=True)
class ReadWords:
    """What was made of words."""

    terms: tuple[Term, ...] = ()
    unknown: dict[str, tuple[str, ...]] = field(default_factory=dict)  # word -> words spelled alike

    @property
    def in_names(self) -> tuple[Term, ...]:
        """Terms that are no column's value, but stand in names."""
        return tuple(term for term in self.terms if term.pattern)

    def narrowed(self, filters: Filters) -> Filters:
        """Give filters that accept the values named too; several of one column add up."""
        for term in self.terms:
            if term.column:
                accepted = dict.fromkeys((*filters.accepted.get(term.column, ()), *term.meant))
                filters = filters.accepting(term.column, *accepted)
        return filters


def read_words(texts: Iterable[str], products: pd.DataFrame) -> ReadWords:
    """Say what words mean in a catalogue.

    A word is a value of a column (the class also by what people call it), or else a word in the names of
    products. A pattern, a collar, a sleeve, a neck or a fit is found by any of its usual names.

    Parameters
    ----------
    texts : iterable of str
        Each is read by itself, whole: ``"red full sleeve"`` has two terms.
    products : DataFrame

    Returns
    -------
    ReadWords
        Its terms in the order typed, each once.

    Examples
    --------
    >>> from core.gallery.stored_catalogue import open_catalogue
    >>> demo = open_catalogue("demo").products
    >>> read = read_words(["this in red, full sleeve tee"], demo)
    >>> [(term.text, term.column, term.meant) for term in read.terms]
    [('red', 'baseColour', ('Red',)), ('full sleeve', '', ()), ('tee', 'articleType', ('Tshirts',))]
    >>> read_words(["stripped"], demo).unknown
    {'stripped': ('striped', 'ripped', 'pinstriped')}
    """
    terms: dict[str, Term] = {}
    unknown: dict[str, tuple[str, ...]] = {}
    vocabulary = _vocabulary_of(products)
    for text in texts:
        words = _words(text)
        while words:
            term, taken = vocabulary.first_term(words)
            if term is not None:
                terms.setdefault(term.text, term)
            elif words[0] not in FILLING:
                said = " ".join(words[:taken])
                unknown[said] = vocabulary.spelled_alike(said)
            words = words[taken:]
    return ReadWords(tuple(terms.values()), unknown)


def has_in_name(products: pd.DataFrame, terms: Sequence[Term]) -> np.ndarray:
    """Say which products have every one of some terms in their names, bool (n,)."""
    found = np.ones(len(products), bool)
    for term in terms:
        search = re.compile(term.pattern).search
        found &= np.array([search(name) is not None for name in _vocabulary_of(products).names], bool)
    return found


class _Vocabulary:
    """The words of a catalogue."""

    def __init__(self, products: pd.DataFrame) -> None:
        self.products = products
        self.names: list[str] = products[NAME].str.casefold().tolist()
        self._all_names = "\n".join(self.names)
        self._by_key: dict[str, dict[str, list[str]]] = {}
        self._by_part: dict[str, dict[str, list[str]]] = {}
        for column in FILTER_COLUMNS:
            if column in products:
                self._add_column(column, [str(value) for value in products[column].unique() if value])

    def first_term(self, words: Sequence[str]) -> tuple[Term | None, int]:
        """Read the first term of some words; give it, or None, and how many words that takes."""
        if words[0] in FILLING:
            return None, 1
        for n in range(min(LONGEST, len(words)), 1, -1):
            if _look_pattern(" ".join(words[:n])):
                return self._in_names(words[:n]), n  # "short sleeve" is no shorts, also where no name has it
            term = self._in_names(words[:n]) if self._is_phrase(words[:n]) else self._value(words[:n])
            if term is not None:
                return term, n
        (word,) = words[:1]
        return self._value([word]) or self._part_of_value(word) or self._in_names([word]) or (
            self._start_of_word(word)
        ), 1

    def spelled_alike(self, word: str) -> tuple[str, ...]:
        """Give words of the catalogue that are spelled nearly like one that it does not have."""
        values = [value for by_key in self._by_key.values() for of_key in by_key.values() for value in of_key]
        known = {one for text in (self._all_names, *values) for one in _words(text)}
        return tuple(difflib.get_close_matches(word, sorted(known), n=3, cutoff=0.75))

    def _add_column(self, column: str, values: Sequence[str]) -> None:
        by_key = self._by_key.setdefault(column, {})
        by_part = self._by_part.setdefault(column, {})
        for value in values:
            by_key.setdefault(label_key(value), []).append(value)
            for part in {label_key(word) for word in _words(value)} if column in PARTLY_NAMED else ():
                by_part.setdefault(part, []).append(value)

    def _value(self, words: Sequence[str]) -> Term | None:
        text = " ".join(words)
        key = label_key(text)
        for column, by_key in self._by_key.items():
            if column == "articleType":
                meant = article_types_called(text, tuple(one for values in by_key.values() for one in values))
            else:
                called = [label_key(value) for value in VALUES.get(column, {}).get(key, ())]
                meant = tuple(value for one in (key, *called) for value in by_key.get(one, ()))
            if meant:
                return Term(text, column, meant)
        return None

    def _part_of_value(self, word: str) -> Term | None:
        for column in PARTLY_NAMED:
            if meant := self._by_part.get(column, {}).get(label_key(word)):
                return Term(word, column, tuple(meant))
        return None

    def _is_phrase(self, words: Sequence[str]) -> bool:
        """Whether words may be a phrase of names: a "short sleeve" is no shorts, "red striped" no phrase."""
        read = [self._value([word]) or self._part_of_value(word) for word in words]
        return read[-1] is None and all(term is None or term.column == "articleType" for term in read)

    def _in_names(self, words: Sequence[str]) -> Term | None:
        text = " ".join(words)
        pattern = _look_pattern(text) or _whole_words("[ -]".join(map(re.escape, words)) + "(?:s|es)?")
        return self._if_any(Term(text, pattern=pattern))

    def _start_of_word(self, word: str) -> Term | None:
        if len(word) < SHORTEST_START:
            return None
        return self._if_any(Term(word, pattern=rf"(?<![\w-]){re.escape(word)}"))

    def _if_any(self, term: Term) -> Term | None:
        return term if re.search(term.pattern, self._all_names) else None


_LAST: dict[int, _Vocabulary] = {}
"""The vocabularies of the tables asked for last, by the `id` of the table, which each of them holds."""

_KEPT = 3


def _vocabulary_of(products: pd.DataFrame) -> _Vocabulary:
    """Give the vocabulary of a table. Made once: forty thousand names take a tenth of a second."""
    held = _LAST.get(id(products))
    if held is None or held.products is not products:
        held = _Vocabulary(products)
        for oldest in list(_LAST)[: max(0, len(_LAST) - _KEPT + 1)]:
            _LAST.pop(oldest, None)
        _LAST[id(products)] = held
    return held


def _look_pattern(text: str) -> str:
    """Give the pattern of all names of a look, such as a striped one, where a text is one of them."""
    for values in LOOKS.values():
        for value, words in values.items():
            if text == value or re.fullmatch(words, text):
                prints = [values[one] for one in sorted(PRINTS)] if value == "printed" else []
                return _whole_words("|".join([words, *prints]))
    return ""


def _whole_words(pattern: str) -> str:
    return rf"(?<![\w-])(?:{pattern})(?![\w-])"


def _words(text: str) -> list[str]:
    found = re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*", text.casefold())
    return [word.replace("’", "'").removesuffix("'s") for word in found]
