"""The book: chapters, their inputs, their execution, and the site made of them."""
