"""A student's numbers of a step, judged line by line, and the mistakes that they look like."""
