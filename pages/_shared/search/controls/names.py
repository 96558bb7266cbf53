"""What people read for the orders of hits."""

from core.retrieval.request import Order

ORDERS = {
    Order.SCORE.value: "By score alone",
    Order.CLASS_FIRST.value: "Sure class first",
    Order.GROUPED.value: "Grouped by class",
}
