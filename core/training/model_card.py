"""What the card of a trained model says, in words.

It follows the headings of Mitchell et al. 2019, "Model Cards for Model Reporting"
(https://arxiv.org/abs/1810.03993), as far as they apply.
"""

WHAT = {
    "vgg16": (
        "VGG16, a class and an embedding for search",
        "The thirteen convolutions of VGG16 at full width on 80×60 pixels, averages over all positions of "
        "every block but the first, and heads for the class, for being one of the classes at all, and for a "
        "160-number embedding in which the cosine joins the kind of garment, its colour and its look "
        "(pattern, collar, sleeve, neck, fit), each drawn to the article types, colours and patterns that "
        "the picture is likely to have.",
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
    "cnn": (
        "Small CNN, to be compared with",
        "Four convolutions on 80×60 pixels, each normalised and rectified, and averages of the last over all "
        "positions, by which it is searched. It learned the five classes from random weights, without a "
        "teacher and without augmented views.",
    ),
}

NO_DENSE_LAYERS = (
    "The original's three fully connected layers are left out: they are tied to 224×224 pixels, hold nine "
    "tenths of its 138 million weights, and name ImageNet's classes."
)

LIMITS = """\
- It knows five classes. A top or a sweatshirt is near a t-shirt or a shirt, and may be called one; whether a
  picture is one of the classes at all is judged against shoes, bags, hats, dresses, jackets, shorts and
  underwear, and dresses and jackets are the hardest of these.
- No everyday or street photograph in training showed a kurta: kurtas were learned from the shop's pictures,
  on models and off. Skirts are rare. Trust these less.
- The shop is Indian, its pictures are from about 2011 to 2018, its models and customers mostly adults. The
  street photographs show people alone and upright in the streets of Europe and North America, mostly young,
  slim and white, mostly women, in daylight and in the fashion of about 2012. Other people, dim rooms, people
  who sit or lie, and garments half hidden are known less well.
- It sees 80×60 pixels or fewer: weave, stitching and lettering are lost.
- It says nothing about the people in a picture and must not be used to.
"""

OF_WORN = "| Clothing Co-Parsing"
"""How the row of `DATA` begins that belongs to models that have learned worn garments."""

DATA = """\
| data | licence | what is learned from it |
|---|---|---|
| Fashion Product Images (Small) | as its Kaggle page states | products: type, colour, look by their names |
| Clothing dataset (small) | CC0 | garments laid flat, by kind |
| Clothing Co-Parsing (Yang, Luo and Lin, CVPR 2014) | Apache-2.0; photographs from fashion blogs | worn \
garments, by kind; streets as backgrounds |
| garments drawn by this project | the project's own | the five classes |
| ImageNet, through the teacher's start (EfficientNet-Lite2) | Apache-2.0 (TensorFlow's release) | what a \
picture shows |
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
        *(line for line in DATA.splitlines() if "training_worn" in data or not line.startswith(OF_WORN)),
        "",
        "## On validation data",
        "",
        "These figures chose the temperature and the limits; the test figures are in `artifacts/reports`.",
        "",
        "| | n | accuracy | macro-F1 | loss | calibration error | known | known, far things |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for place in ("products", "photographs", "worn"):
        if place in card["validation"]:
            lines.append(f"| {place} | {_row(card['validation'][place])} |")
    lines += ["", "## What it is not good for", "", LIMITS]
    return "\n".join(lines)


def _heads(schedule: dict | None) -> str:
    if schedule is None:
        return ""
    shown = schedule["epochs"] * schedule["views_per_epoch"]
    return f"then the heads alone, on the features of {shown:,} views; "


def _counts(data: dict) -> str:
    words = {
        "products": "products",
        "photographs": "everyday photographs",
        "worn": "crops of worn garments",
        "renders": "drawn garments",
    }
    return ", ".join(
        f"{data[f'training_{kind}']:,} {word}" for kind, word in words.items() if f"training_{kind}" in data
    )


def _row(figures: dict) -> str:
    cells = [f"{figures['n']:,}"]
    for key in ("accuracy", "macro_f1", "loss", "ece", "known_inside", "known_outside"):
        value = figures[key]
        cells.append("–" if value is None else f"{value:.3f}")
    return " | ".join(cells)
