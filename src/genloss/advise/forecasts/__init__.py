"""What will happen to a user's own model on a user's own rows?"""
