"""Reading the inspector's record: whose thread an entry belongs to, where time went, how to do it again.

handles     what an entry names: envelopes, messages, files, views, assets, mascots …
threads     from these to the thread that it is about, gathered as the run goes
timeline    one intake as bars and gaps
copies      an entry as a curl command, or as a fixture for a test
"""
