"""Reviews: whether a mascot's references are right, decided by people in its thread."""
