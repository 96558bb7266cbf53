"""Classify: one picture or many go in, what each of them shows comes out, and who says so."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.errors import FashionSearchError
from core.export import safe_csv
from core.imaging.decode import EXTENSIONS
from core.labels import LABELS
from core.models.names import CLASSIFIER
from core.models.prediction import NONE_OF_THESE, class_name, percent_text, prediction_text
from core.retrieval.consensus import Judged, as_table, conflicts_first
from pages._shared.classify import classifier_panel
from pages._shared.session import app_frame, cache, photo_intake, state
from pages._shared.session.errors import plain, sentence, shown_and_stopped
from pages._shared.widgets.names import JUDGE_NAMES, JUDGE_SEES

MOST = 200
"""Pictures at once: a minute's work on two cores."""

PRODUCTS = 20
SAMPLE = "classify-sample"
TURN = "classify-turn"
CLOSER = "classify-closer"
TABLE = "classify-table"


def main() -> None:
    st.title("What is it?")
    st.markdown(
        "Hand in pictures of garments. Four models and the nearest products of the catalogue say which of "
        f"five classes each one is: {', '.join(class_name(label) for label in LABELS)}. Or none of these."
    )
    entries = ask_for_pictures()
    if not entries:
        offer_samples()
        return
    with st.spinner("Calling the judges …"):
        panel = classifier_panel.panel(state.catalogue(), state.extractor())
    for name, why in panel.absent.items():
        st.warning(f"{JUDGE_NAMES[name]} is not asked. {sentence(why)}", icon=":material/person_off:")
    if not panel.classifiers and panel.catalogue is None:
        return
    seen = judge(entries, panel)
    if len(seen) == 1:
        one(seen[0])
    else:
        many(seen)


def ask_for_pictures() -> list[classifier_panel.Entry]:
    turn = st.session_state.get(TURN, 0)
    files = st.file_uploader(
        "Choose pictures",
        list(EXTENSIONS),
        accept_multiple_files=True,
        key=f"classify-{turn}",
        on_change=lambda: st.session_state.pop(SAMPLE, None),
    )
    st.caption(":material/lock: Pictures stay in memory for this visit and are never stored.")
    if len(files) > MOST:
        st.warning(f"These are {len(files)} pictures; the first {MOST} are looked at.")
    entries = [classifier_panel.Entry(file.file_id, file.name, file.getvalue) for file in files[:MOST]]
    if not entries:
        entries = [sampled(sample) for sample in st.session_state.get(SAMPLE, ())]
    if entries:
        st.button("Start over", icon=":material/arrow_back:", on_click=start_over)
    return entries


def sampled(sample) -> classifier_panel.Entry:
    path, product_id = sample
    return classifier_panel.Entry(str(path), path.name, path.read_bytes, product_id)


def start_over() -> None:
    st.session_state.pop(SAMPLE, None)
    st.session_state.pop(CLOSER, None)
    # A widget keeps its files as long as its key stays: a new key empties it, and the memory with it.
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def offer_samples() -> None:
    if not state.catalogue():
        return
    with shown_and_stopped():
        catalogue = cache.catalogue(state.catalogue())
    st.subheader("No picture at hand? Take a sample")
    ready_made = cache.ready_made(catalogue.name)
    ids = catalogue.products["id"].sample(min(PRODUCTS, len(catalogue)), random_state=0)
    products = [(catalogue.image_path(product_id), product_id) for product_id in ids]
    with st.container(horizontal=True):
        if len(ready_made) > 1:
            take = [(path, None) for path in ready_made]
            st.button(f"All {len(take)} ready-made pictures", on_click=start_with, args=(take,))
        st.button(f"{len(products)} products of the catalogue", on_click=start_with, args=(products,))
    if ready_made:
        photo_intake.ready_made_row(
            ready_made, "classify", "What is this: {}?", start_with, lambda path: ([(path, None)],)
        )


def start_with(samples: list) -> None:
    st.session_state[SAMPLE] = samples


def judge(
    entries: Sequence[classifier_panel.Entry], panel: classifier_panel.Panel
) -> list[classifier_panel.Seen]:
    bar = st.empty()

    def progress(place: int, name: str) -> None:
        text = f"Looking at {plain(name)}, {place + 1} of {len(entries)}"
        bar.progress(place / len(entries), text=text)

    seen = classifier_panel.ask(entries, panel, progress)
    bar.empty()
    return seen


def one(seen: classifier_panel.Seen) -> None:
    judged = seen.judged
    if judged.verdict is None:
        st.error(why_not(judged), icon=":material/broken_image:")
        return
    pictures, said = st.columns(2, gap="medium")
    with said:
        say_verdict(judged)
    show_judges(judged)
    # Last, since it takes a pass forward and one back: the answers do not wait for it.
    with pictures:
        show_picture(seen)


def why_not(judged: Judged) -> str:
    """Say what is wrong with a picture, and which one it is."""
    named = judged.name in judged.problem
    return sentence(judged.problem) if named else f"{plain(judged.name)}: {sentence(judged.problem)}"


def say_verdict(judged: Judged) -> None:
    verdict = judged.verdict
    st.header(plain(verdict.sentence), anchor=False)
    if not verdict.conflict:
        st.success(f"All {verdict.n_judges} judges agree.", icon=":material/done_all:")
        return
    others = ", ".join(f"{JUDGE_NAMES[name]} says {word}" for name, word in verdict.differing.items())
    st.warning(
        f"{len(verdict.agreeing)} of {verdict.n_judges} judges agree. {plain(others)}.",
        icon=":material/call_split:",
    )


def show_judges(judged: Judged) -> None:
    cells = st.grid(min_column_width=150, gap="small", border=True)
    for said in judged.predictions:
        with cells.cell():
            st.markdown(f"**{JUDGE_NAMES[said.model]}** · {plain(prediction_text(said))}")
            st.caption(JUDGE_SEES[said.model])
            for label, probability in said.probabilities.items():
                st.progress(probability, text=f"{plain(class_name(label))} · {percent_text(probability)}")
    if any(not said.known for said in judged.predictions):
        st.caption(
            f"“{NONE_OF_THESE}” is judged apart from the bars, which share out 100 % among the five classes "
            "whatever the picture shows."
        )


def show_picture(seen: classifier_panel.Seen) -> None:
    # Side by side on a phone too: they are to be compared.
    cells = st.grid(2, min_column_width=110, wrap=False, gap="small")
    whole, where = cells.cell(), cells.cell()
    with whole:
        st.image(cache.shown(seen.entry.image()), width="stretch", alt=seen.entry.name)
        st.caption(plain(seen.entry.name))
    label = st.pills(
        f"Where {CLASSIFIER.upper()} looked for",
        LABELS,
        default=seen.judged.verdict.label,
        format_func=class_name,
        key=f"classify-why-{seen.entry.key}",
        required=True,
        help="Grad-CAM: the warmer the colour, the more that place spoke for the class. It shows where the "
        "model looked, not why.",
    )
    with where:
        try:
            with st.spinner("Looking where it looked …"):
                coloured = classifier_panel.looked_at(seen.entry, label)
        except FashionSearchError as error:
            st.caption(f"Where it looked is not known. {sentence(error)}")
            return
        if coloured is None:
            st.caption(f"Nothing in this picture spoke for {class_name(label)}.")
        else:
            st.image(
                coloured, width="stretch", alt=f"Where {CLASSIFIER.upper()} looked for {class_name(label)}"
            )
            st.caption(f"Where it looked for {class_name(label)}")


def many(seen: list[classifier_panel.Seen]) -> None:
    seen = [seen[place] for place in conflicts_first([each.judged for each in seen])]
    table = as_table([each.judged for each in seen])
    unread = [each.judged for each in seen if each.judged.verdict is None]
    judged = [each for each in seen if each.judged.verdict is not None]
    if unread:
        st.error(
            f"{len(unread)} of {len(seen)} pictures could not be judged:\n\n"
            + "\n".join(f"- {why_not(each)}" for each in unread),
            icon=":material/broken_image:",
        )
    if not judged:
        return
    conflicts = sum(each.judged.verdict.conflict for each in judged)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader(f"{len(judged)} pictures, the judges differ on {conflicts}")
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


def show_table(seen: Sequence[classifier_panel.Seen], table) -> None:
    table.insert(0, "picture", [each.thumbnail for each in seen])
    columns = {
        "picture": st.column_config.ImageColumn("Picture", width="small"),
        "file": st.column_config.TextColumn("File", width=140),
        "verdict": st.column_config.TextColumn("Verdict"),
        "nearest class": None,
        "probability": st.column_config.ProgressColumn("Probability", format="percent", max_value=1.0),
        "known": st.column_config.CheckboxColumn("One of the five"),
        "agree": st.column_config.TextColumn("Judges agree"),
    }
    columns |= {name: st.column_config.TextColumn(read) for name, read in JUDGE_NAMES.items()}
    st.dataframe(
        table,
        hide_index=True,
        row_height=72,
        column_config=columns
        | {name: st.column_config.TextColumn(JUDGE_NAMES[name]) for name in JUDGE_NAMES},
        key=TABLE,
        on_select=partial(open_row, [each.entry.key for each in seen]),
        selection_mode="single-row",
        alt="What each picture shows and what every judge says, conflicts first",
    )


def open_row(keys: list[str]) -> None:
    rows = st.session_state[TABLE].selection.rows
    if rows:
        st.session_state[CLOSER] = keys[rows[0]]


def look_closer(seen: Sequence[classifier_panel.Seen]) -> None:
    of_key = {each.entry.key: each for each in seen}
    if st.session_state.get(CLOSER) not in of_key:
        st.session_state[CLOSER] = seen[0].entry.key
    key = st.selectbox(
        "Look closer at",
        list(of_key),
        format_func=lambda key: f"{of_key[key].entry.name}: {of_key[key].judged.verdict.sentence}",
        key=CLOSER,
        help="Or tick a row of the table.",
    )
    one(of_key[key])


app_frame.required()
main()
