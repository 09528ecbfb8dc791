"""What is played on the two local services: faults, standing conditions, recordings, seeds, snapshots.

offers       the faults on offer, by the names that people type
conditions   states that last: a scope that is missing, events that come late or twice …
controller   both services as one, and what can be done with them
names        ids and timestamps of one run ↔ names that mean the same in every run
outcome      what came of a run
recorder     what people did, written down as it comes in; and a recording as a file
replay       a recording played again, and where it went another way
seed         people, channels and mascots as YAML
setup        a seed set up in a running sandbox, and read off it
snapshot     everything there is, as JSON, and back
topics       the control API's calls for all of these
"""
