"""Worlds that generative models are trained on: everything in them is known, because it was put there."""
