"""How good must a checker of synthetic rows be?"""
