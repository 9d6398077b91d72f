"""Chains of language models that count."""
