"""What goes wrong with a course."""


class CourseError(Exception):
    """A release or a grading that cannot be made; one line with the remedy."""
