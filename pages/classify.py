"""Classify: one picture or many go in, what each of them shows comes out, and who says so."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from core.errors import FashionSearchError
from core.export import safe_csv
from core.gallery.catalogue_list import ready_made_queries
from core.imaging.decode import EXTENSIONS, read_picture_file
from core.labels import LABELS
from core.models.consensus import JUDGE_NAMES, KNN
from core.models.names import CLASSIFIER, FINDER
from core.models.prediction import class_name, prediction_text
from core.reporting.class_table import ClassifiedImage, class_table, conflicts_first
from core.retrieval.verdicts.verdict import Verdict
from core.retrieval.verdicts.verdict_rules import Sureness
from pages._shared.classify import classifier_panel
from pages._shared.classify.classifier_panel import MAX_PICTURES, JudgedPicture, Picture
from pages._shared.session import app_frame, cache, state, uploads
from pages._shared.session.errors import error_markdown, escape_markdown, stop_on_error
from pages._shared.session.stores import private_digest
from pages._shared.widgets import class_bars, turning
from pages._shared.widgets.names import (
    JUDGE_SEES,
    SURENESS_NAMES,
    garment_title,
)

PRODUCTS = 20
JUDGES_A_ROW = 3
"""Of six at most: two rows that are full."""

SAMPLE = "classify-sample"
ROUND = "classify-round"
CLOSER = "classify-closer"
TABLE = "classify-table"

Sample = tuple[Path, str | None]
"""A picture on disk, and the product it is of."""


def main() -> None:
    st.title("What is it?")
    st.markdown(
        "Hand in pictures of garments. Four models and the nearest products of the catalogue say which of "
        f"five classes each one is: {', '.join(class_name(label) for label in LABELS)}. Or none of these."
    )
    pictures = choose_pictures()
    if not pictures:
        offer_samples()
        return
    with st.spinner("Calling the judges …"):
        judges = classifier_panel.judges_at_hand(state.catalogue_name(), state.extractor_name())
    for name, why in judges.absent.items():
        st.warning(f"{JUDGE_NAMES[name]} is not asked. {error_markdown(why)}", icon=":material/person_off:")
    if not judges.names:
        return
    if judges.no_finder:
        st.caption(
            f"Whole pictures are classified; garments are not looked for. {error_markdown(judges.no_finder)}"
        )
    seen = judge_with_progress(pictures, judges.names)
    if len(seen) == 1:
        show_picture(seen[0])
    else:
        show_pictures(seen)


def choose_pictures() -> list[Picture]:
    number = st.session_state.get(ROUND, 0)
    files = st.file_uploader(
        "Choose pictures",
        list(EXTENSIONS),
        accept_multiple_files=True,
        key=f"classify-{number}",
        on_change=lambda: st.session_state.pop(SAMPLE, None),
    )
    uploads.explain_blocked_uploads()
    st.caption(f":material/lock: {uploads.PRIVACY}")
    if len(files) > MAX_PICTURES:
        st.warning(f"These are {len(files)} pictures; the first {MAX_PICTURES} are looked at.")
    photos = uploads.take_uploads(files, owner="classify", most=MAX_PICTURES)[:MAX_PICTURES]
    state.retain_photos("classify", photos)
    pictures = [
        Picture(file.file_id, photo.name, photo.packed) for file, photo in zip(files, photos, strict=False)
    ]
    if not pictures:
        pictures = [
            Picture(str(path), path.name, partial(read_picture_file, path), product_id)
            for path, product_id in st.session_state.get(SAMPLE, ())
        ]
    if pictures:
        st.button("Start over", icon=":material/arrow_back:", on_click=start_over)
    return pictures


def start_over() -> None:
    st.session_state.pop(SAMPLE, None)
    st.session_state.pop(CLOSER, None)
    st.session_state.pop(classifier_panel.CHOSEN, None)
    # A widget keeps its files as long as its key stays: a new key empties it, and the memory with it.
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def offer_samples() -> None:
    if not state.catalogue_name():
        return
    with stop_on_error():
        catalogue = cache.catalogue(state.catalogue_name())
    st.header("No picture at hand? Take a sample")
    ready_made = ready_made_queries(catalogue.name)
    ids = catalogue.products["id"].sample(min(PRODUCTS, len(catalogue)), random_state=0)
    products: list[Sample] = [(catalogue.image_path(product_id), product_id) for product_id in ids]
    with st.container(horizontal=True):
        if len(ready_made) > 1:
            own: list[Sample] = [(path, None) for path in ready_made]
            st.button(f"All {len(own)} ready-made pictures", on_click=start_with, args=(own,))
        st.button(f"{len(products)} products of the catalogue", on_click=start_with, args=(products,))
    if ready_made:
        uploads.show_ready_made_row(
            ready_made, "classify", "What is this: {}?", start_with, lambda path: ([(path, None)],)
        )


def start_with(samples: list[Sample]) -> None:
    st.session_state[SAMPLE] = samples


def judge_with_progress(pictures: Sequence[Picture], judges: tuple[str, ...]) -> list[JudgedPicture]:
    bar = st.empty()

    def progress(place: int, name: str) -> None:
        text = f"Looking at {escape_markdown(name)}, {place + 1} of {len(pictures)}"
        bar.progress(place / len(pictures), text=text)

    seen = classifier_panel.judge_pictures(
        state.catalogue_name(), state.extractor_name(), pictures, judges, progress=progress
    )
    bar.empty()
    return seen


def show_picture(seen: JudgedPicture) -> None:
    judged = seen.judged
    if judged.verdict is None:
        st.error(problem_of(judged), icon=":material/broken_image:")
        return
    pictures, said = st.columns(2, gap="medium")
    with said:
        show_verdict(judged.verdict)
        offer_garments(seen)
    show_judges(seen)
    # Last, since it takes a pass forward and one back: the answers do not wait for it.
    with pictures:
        show_where_it_looked(seen)


def problem_of(judged: ClassifiedImage) -> str:
    """Say what is wrong with a picture, and which one it is."""
    named = judged.name in judged.problem
    return (
        error_markdown(judged.problem)
        if named
        else f"{escape_markdown(judged.name)}: {error_markdown(judged.problem)}"
    )


def show_verdict(verdict: Verdict) -> None:
    st.header(escape_markdown(verdict.heading), anchor=False)
    said = escape_markdown(verdict.sentence)
    if verdict.sureness is not Sureness.SURE:
        said = f"{SURENESS_NAMES[verdict.sureness]}. {said}"
    if not verdict.conflict:
        st.success(f"All {verdict.n_judges} judges agree. {said}", icon=":material/done_all:")
        return
    most = 2 * len(verdict.agreeing) > verdict.n_judges
    counted = f"{len(verdict.agreeing)} of {verdict.n_judges} judges agree" if most else "The judges differ"
    st.warning(f"{counted}. {said}", icon=":material/call_split:")


def offer_garments(seen: JudgedPicture) -> None:
    if seen.picture.product_id is not None or not seen.choice.garments:
        return
    st.caption(f"Classified: {escape_markdown(seen.judged.looked_at)}.")
    key = f"classify-garment-{private_digest(seen.picture.key)[:16]}"
    st.session_state[key] = seen.choice.number
    st.pills(
        "Classify",
        range(len(seen.choice.garments) + 1),
        format_func=partial(garment_title, seen.choice),
        key=key,
        required=True,
        on_change=lambda: classifier_panel.choose(seen.picture, st.session_state[key]),
    )


def show_judges(seen: JudgedPicture) -> None:
    judged, cells = seen.judged, st.grid(JUDGES_A_ROW, min_column_width=150, gap="small", border=True)
    notes = []
    for said in judged.predictions:
        with cells.cell():
            st.markdown(f"**{JUDGE_NAMES[said.model]}** · {escape_markdown(prediction_text(said))}")
            st.caption(JUDGE_SEES[said.model])
            if said.known:
                class_bars.draw_class_bars(said)
            else:
                notes.append(said)
    if (garment := seen.choice.shown) is not None:
        with cells.cell():
            title = escape_markdown(garment_title(seen.choice, seen.choice.garments.index(garment) + 1))
            st.markdown(f"**{JUDGE_NAMES[FINDER]}** · {title}")
            st.caption(JUDGE_SEES[FINDER])
    if judged.vote is not None:
        with cells.cell():
            st.markdown(f"**{JUDGE_NAMES[KNN]}** · {escape_markdown(judged.vote.text)}")
            st.caption(JUDGE_SEES[KNN])
            class_bars.draw_vote_bars(judged.vote)
    if notes:
        with st.expander("How judges that say none of these share out the five classes"):
            for said in notes:
                st.markdown(f"**{JUDGE_NAMES[said.model]}**")
                class_bars.draw_class_bars(said)
            st.caption(class_bars.BARS_NOTE)


def show_where_it_looked(seen: JudgedPicture) -> None:
    picture = seen.picture
    # Side by side on a phone too: they are to be compared.
    cells = st.grid(2, min_column_width=110, wrap=False, gap="small")
    whole, where = cells.cell(), cells.cell()
    with whole:
        st.image(cache.image_data_uri(classifier_panel.looked_at(seen)), width="stretch", alt=picture.name)
        st.caption(escape_markdown(picture.name))
    if picture.product_id is None:
        offer_turning(seen)
    label = st.pills(
        f"Where {CLASSIFIER.upper()} looked for",
        LABELS,
        default=guessed_class(seen.judged),
        format_func=class_name,
        key=f"classify-why-{private_digest(picture.key)[:16]}-{seen.choice.number}",
        required=True,
        help="Grad-CAM: the warmer the colour, the more that place spoke for the class. It shows where the "
        "model looked, not why.",
    )
    with where:
        try:
            with st.spinner("Looking where it looked …"):
                coloured = classifier_panel.grad_cam_overlay(seen, label)
        except FashionSearchError as error:
            st.caption(f"Where it looked is not known. {error_markdown(error)}")
            return
        if coloured is None:
            st.caption(f"Nothing in this picture spoke for {class_name(label)}.")
        else:
            st.image(
                coloured, width="stretch", alt=f"Where {CLASSIFIER.upper()} looked for {class_name(label)}"
            )
            st.caption(f"Where it looked for {class_name(label)}")


def offer_turning(seen: JudgedPicture) -> None:
    picture = seen.picture
    turning.draw_turning(
        seen.turn,
        asked=turning.asked_turn(picture.key) is not None,
        key=f"classify-{private_digest(picture.key)[:16]}",
        on_turn=partial(classifier_panel.turn_picture, picture),
    )


def guessed_class(judged: ClassifiedImage) -> str:
    """Give the class that is worth a look at where the classifier looked for it."""
    if judged.verdict is not None and judged.verdict.label is not None:
        return judged.verdict.label
    return judged.predictions[0].label if judged.predictions else LABELS[0]


def show_pictures(seen: Sequence[JudgedPicture]) -> None:
    seen = [seen[place] for place in conflicts_first([each.judged for each in seen])]
    table = class_table([each.judged for each in seen])
    unread = [each.judged for each in seen if each.judged.verdict is None]
    judged = [each for each in seen if each.judged.verdict is not None]
    if unread:
        st.error(
            f"{len(unread)} of {len(seen)} pictures could not be judged:\n\n"
            + "\n".join(f"- {problem_of(each)}" for each in unread),
            icon=":material/broken_image:",
        )
    if not judged:
        return
    conflicts = sum(verdict.conflict for each in judged if (verdict := each.judged.verdict))
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.header(f"{len(judged)} pictures, the judges differ on {conflicts}")
        st.download_button(
            "Download as CSV",
            partial(safe_csv, table),
            "classes.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    show_table(judged, table.iloc[: len(judged)].drop(columns="problem"))
    look_closer(judged)


def show_table(seen: Sequence[JudgedPicture], table: pd.DataFrame) -> None:
    if not table["turned"].any():
        table = table.drop(columns="turned")
    table.insert(0, "picture", [each.thumbnail for each in seen])
    columns = {
        "picture": st.column_config.ImageColumn("Picture", width="small"),
        "file": st.column_config.TextColumn("File", width=140),
        "verdict": st.column_config.TextColumn("Verdict"),
        "turned": st.column_config.NumberColumn("Turned", format="%d°", help="Clockwise, to stand upright"),
        "looked at": st.column_config.TextColumn("Classified"),
        "sureness": st.column_config.TextColumn("Sure"),
        "probability": st.column_config.ProgressColumn("Probability", format="percent", max_value=1.0),
        "known": st.column_config.CheckboxColumn("One of the five"),
        "agree": st.column_config.TextColumn("Judges agree"),
    }
    columns |= {name: st.column_config.TextColumn(read) for name, read in JUDGE_NAMES.items()}
    # Its own download would pass by what makes a table safe to open in a spreadsheet, and be a second one.
    st.html(
        "<style>.st-key-classify-table [data-testid='stElementToolbarButton']:has([aria-label*='ownload'])"
        " { display: none; }</style>"
    )
    st.dataframe(
        table,
        hide_index=True,
        row_height=72,
        column_config=columns
        | {name: st.column_config.TextColumn(JUDGE_NAMES[name]) for name in JUDGE_NAMES},
        key=TABLE,
        on_select=partial(open_row, [each.picture.key for each in seen]),
        selection_mode="single-row",
        alt="What each picture shows and what every judge says, conflicts first",
    )


def open_row(keys: list[str]) -> None:
    rows = st.session_state[TABLE].selection.rows
    if rows:
        st.session_state[CLOSER] = keys[rows[0]]


def look_closer(seen: Sequence[JudgedPicture]) -> None:
    of_key = {each.picture.key: each for each in seen}
    if st.session_state.get(CLOSER) not in of_key:
        st.session_state[CLOSER] = seen[0].picture.key
    titles = {
        key: f"{each.picture.name}: {verdict.heading}"
        for key, each in of_key.items()
        if (verdict := each.judged.verdict)
    }
    key: str = st.selectbox(
        "Look closer at",
        list(titles),
        format_func=titles.__getitem__,
        key=CLOSER,
        help="Or tick a row of the table.",
    )
    show_picture(of_key[key])


app_frame.require_app()
main()
