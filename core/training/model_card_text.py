"""The model card: what somebody should know before they rely on a model.

Follows the headings of Mitchell et al. 2019, "Model Cards for Model Reporting"
(https://arxiv.org/abs/1810.03993), as far as they apply.
"""

WHAT = {
    "vgg16": (
        "VGG16, a class and an embedding for search",
        "The thirteen convolutions of VGG16 at full width on 80×60 pixels, averages over all positions of "
        "every block but the first, and heads for the class, for being one of the classes at all, and for a "
        "128-number embedding in which the cosine joins the kind of garment and its colour, each drawn to "
        "the article types and colours that the picture is likely to have.",
    ),
    "vgg19": (
        "VGG19, a class",
        "The sixteen convolutions of VGG19 at full width on 80×60 pixels, averages over all positions of "
        "every block but the first, and heads for the class and for being one of the classes at all. From "
        "scratch it starts as the function that VGG16 has learned, its three further convolutions being the "
        "identity, and learns on.",
    ),
    "vae": (
        "Variational autoencoder, a class and an embedding for search",
        "A convolutional encoder to a normal distribution over 192 numbers, a decoder back to the "
        "picture, and a head on the mean for the class. The first 96 numbers are taught the kind of garment, "
        "the next 32 its colour; search uses these, drawn to likely names as VGG16's are. The other 64 hold "
        "what is left of the picture.",
    ),
    "rgb": (
        "RGB classifier, a class from raw pixel values",
        "Three dense layers on the red, green and blue values of 20×15 pixels: no convolution.",
    ),
}

NO_DENSE_LAYERS = (
    "The original's three fully connected layers are left out: they are tied to 224×224 pixels, hold nine "
    "tenths of its 138 million weights, and name ImageNet's classes."
)

LIMITS = """\
- It knows five classes. A top, a sweatshirt or a dress is near a t-shirt, a shirt or a kurta, and may be
  called one; whether a picture is one of the classes at all is judged against far things (shoes, bags, hats).
- No photograph in training showed a kurta, and skirts are rare: trust these less.
- The shop is Indian, its pictures are from about 2011 to 2018, its customers mostly adults.
- It sees 80×60 pixels or fewer: weave, stitching and lettering are lost.
- It says nothing about the people in a picture and must not be used to.
"""


def model_card(card: dict) -> str:
    """Write `card` (the content of card.json) as Markdown."""
    title, what = WHAT[card["name"]]
    lines = [f"# {title}", "", what, ""]
    if card["name"].startswith("vgg"):
        lines += [NO_DENSE_LAYERS, ""]
    schedule, data = card["schedule"], card["data"]
    minutes = card["seconds"] / 60
    lines += [
        "## Training",
        "",
        f"- Date: {card['created'][:10]}. Seed {schedule['seed']}. Start: {card['init']}.",
        f"- Data: `{data['folder']}`, {data['products']:,} products; learned from {_counts(data)}.",
        f"- Split: {card['split']['products']}. Photographs: {card['split']['photographs']}.",
        f"- {schedule['epochs']} epochs of {schedule['views_per_epoch']:,} views ({card['views']:,} in all), "
        f"batches of {schedule['batch']}, AdamW to {schedule['learning_rate']:g} with warm-up and a cosine "
        f"schedule; {_heads(card['heads'])}{minutes:.0f} minutes.",
        f"- Teacher: {card['teacher'] or 'none'}.",
        f"- Weights: {card['parameters']:,}, kept in float16.",
        "",
        "## On validation data",
        "",
        "These figures chose the temperature and the limits; the test figures are in `artifacts/reports`.",
        "",
        "| | n | accuracy | macro-F1 | loss | calibration error | known | known, far things |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for place in ("products", "photographs"):
        if place in card["validation"]:
            lines.append(f"| {place} | {_row(card['validation'][place])} |")
    lines += ["", "## What it is not good for", "", LIMITS]
    return "\n".join(lines)


def _heads(schedule: dict | None) -> str:
    if schedule is None:
        return ""
    shown = schedule["epochs"] * schedule["views_per_epoch"]
    return f"then the heads alone, shown what the convolutions make of a view {shown:,} times; "


def _counts(data: dict) -> str:
    kinds = ("products", "photographs", "renders")
    words = {"products": "products", "photographs": "everyday photographs", "renders": "drawn garments"}
    return ", ".join(
        f"{data[f'training_{kind}']:,} {words[kind]}" for kind in kinds if f"training_{kind}" in data
    )


def _row(figures: dict) -> str:
    cells = [f"{figures['n']:,}"]
    for key in ("accuracy", "macro_f1", "loss", "ece", "known_inside", "known_outside"):
        value = figures[key]
        cells.append("–" if value is None else f"{value:.3f}")
    return " | ".join(cells)
