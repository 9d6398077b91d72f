"""What a study claims: where each claim is checked, what is measured, and the verdict."""
