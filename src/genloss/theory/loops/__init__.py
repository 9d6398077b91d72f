"""What happens where a model's samples come back to it sharpened, chosen by people, guided, or smoothed?"""
