"""Reviews: whether a mascot's references are right, decided by a team in its thread."""
