"""Scikit-learn estimators whose penalty knows that earlier generations made their labels."""
