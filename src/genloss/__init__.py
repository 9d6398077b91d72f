"""How much does a model lose when it is trained on data that earlier models made?"""
