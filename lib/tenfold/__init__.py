"""Ten LLM papers, rerun: the shared library of the book."""
