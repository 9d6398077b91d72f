"""A law of loss that is fitted to pilot runs: what they say, the law, what is not known of it, and its check."""
