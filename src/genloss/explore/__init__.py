"""Which page shows a study, or a user's table, by sliders: theory at once, simulation streaming in?"""
