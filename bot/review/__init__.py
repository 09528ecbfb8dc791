"""Reviews: a team decides in a mascot's thread whether its references are right."""
