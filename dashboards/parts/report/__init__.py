"""The findings of one report, narrowed and opened."""
