"""Did generations of rows lose something of real rows, and from which on?"""
