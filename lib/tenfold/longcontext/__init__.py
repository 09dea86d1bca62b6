"""Vector retrieval in the attention of decoder-only models (Unlimiformer)."""
