"""Exercises of a worked calculation: sheets with blanks and their key, and a student's numbers judged line by line."""
