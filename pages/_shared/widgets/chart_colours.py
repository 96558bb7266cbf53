"""Colours for charts: the garments' own, and those that tell kinds apart."""

GARMENT_COLOURS = {
    "Beige": "#d3c0a2",
    "Black": "#1b1b1f",
    "Blue": "#2f62b3",
    "Bronze": "#8c6239",
    "Brown": "#6b4a35",
    "Burgundy": "#5f1f33",
    "Charcoal": "#45474c",
    "Coffee Brown": "#4b3226",
    "Copper": "#b46a43",
    "Cream": "#ebdfbf",
    "Fluorescent Green": "#7dff3a",
    "Gold": "#c9a227",
    "Green": "#2f8048",
    "Grey": "#8c8f93",
    "Grey Melange": "#b2b3b6",
    "Khaki": "#a39467",
    "Lavender": "#b7a3d2",
    "Lime Green": "#9ac83c",
    "Magenta": "#b81f6d",
    "Maroon": "#741f2c",
    "Mauve": "#a57a99",
    "Metallic": "#a7a9b0",
    "Multi": "#e0a8d0",
    "Mushroom Brown": "#9a8478",
    "Mustard": "#c6922a",
    "Navy Blue": "#1f2a4a",
    "Nude": "#e3c3ab",
    "Off White": "#ebe6d8",
    "Olive": "#66663a",
    "Orange": "#e8702a",
    "Peach": "#f2b79b",
    "Pink": "#e77fa2",
    "Purple": "#62408c",
    "Red": "#c4242b",
    "Rose": "#d4566f",
    "Rust": "#a9502d",
    "Sea Green": "#3fa38a",
    "Silver": "#c3c6ca",
    "Skin": "#dcb091",
    "Steel": "#7a8894",
    "Tan": "#b98d5f",
    "Taupe": "#83766c",
    "Teal": "#1d6c72",
    "Turquoise Blue": "#2fb2bf",
    "White": "#ffffff",
    "Yellow": "#f0c92c",
}
"""What the data set's `baseColour` names look like on a screen."""

KINDS = (
    "#c0394b",
    "#3d7ab8",
    "#d99a2b",
    "#4f9a5b",
    "#8a63b0",
    "#2fa3a8",
    "#d9774f",
    "#8c6d4e",
    "#d678a8",
    "#6b7fd0",
    "#9aa93a",
    "#b04a92",
    "#4fb58f",
    "#a8583c",
    "#6f8ea6",
    "#c9b04a",
    "#7a4a5f",
    "#5fa0d6",
)
"""As many as an eye still tells apart, on white and on black."""

GREY = "#9a9a9a"
"""What has no kind of its own, or none that is known."""

MARK, MARK_EDGE = "#d6246e", "#ffffff"
"""What is looked for, and the edge around it that sets it off from dots of any colour."""
