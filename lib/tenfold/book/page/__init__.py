"""What a chapter shows: its card, claims, verdicts, tables, figures, and the numbers in its sentences."""

from tenfold.book.page.card import Cost, card
from tenfold.book.page.figure import figure
from tenfold.book.page.numbers import number, say, word
from tenfold.book.page.show import show
from tenfold.book.page.theme import PAPER, theme

__all__ = ["PAPER", "Cost", "card", "figure", "number", "say", "show", "theme", "word"]
