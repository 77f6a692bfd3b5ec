"""Published sets of questions, each read as it was published, from the user's own copy: one layout a file.

Nothing of theirs is shipped. Each licence is its own: read it before you pass answers on.
"""
