"""The main job: an image in a post becomes a mascot, or a reference of the thread's mascot."""
