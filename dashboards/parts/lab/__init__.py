"""Worlds, models and detectors, from files that were made before."""
