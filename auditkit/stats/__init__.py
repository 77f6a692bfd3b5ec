"""Counts or arrays in, estimates out. This floor knows no bias and no frame."""
