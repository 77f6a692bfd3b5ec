"""A language without genders, its sentences in English, and how often each is said with "he"."""
