"""A course made of the book: exercises, the student release, grading, and the proof that all of it works."""
