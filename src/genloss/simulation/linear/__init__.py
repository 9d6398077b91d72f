"""Exact fast engines for linear fits and for kernel fits on a pool; each matches the definition in law."""
