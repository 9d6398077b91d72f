"""Which penalty, which weight of real rows, and what is one more row worth?"""
