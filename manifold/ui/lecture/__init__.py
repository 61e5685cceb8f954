"""Lecture mode: a question, a bet of the class, and then the real page with its number, step by step."""
