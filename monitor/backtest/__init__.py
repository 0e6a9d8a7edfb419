"""A vendor's history, replayed: the pages one would have had.

`versions` and `git` find it, `replay` judges it, `told` says it.
"""
