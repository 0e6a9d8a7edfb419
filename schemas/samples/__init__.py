"""Answers as documents: one answer, several, or what was learned from many."""
