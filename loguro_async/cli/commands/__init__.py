"""The commands: names, options and help. The work of each is imported when it runs."""
