"""Composing a result page by search with a judge (GenSERP, arXiv:2402.14301v1, withdrawn)."""
