"""Which numbers about synthetic data circulate, where is each right, and where is it wrong?"""
