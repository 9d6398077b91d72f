"""Closed loops and guidance, drawn step by step."""
