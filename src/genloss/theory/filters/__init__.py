"""What does a verifier do to a loop that keeps or drops each synthetic row before the next model trains on it?"""
