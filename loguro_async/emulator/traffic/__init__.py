"""Generated traffic: events made from a seed, the same on every machine, realistic to look at."""
