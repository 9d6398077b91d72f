"""Which data workflow is best, by how much, and until when?"""
