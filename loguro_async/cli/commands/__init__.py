"""Declares the commands: names, options and help. A command imports its code when it runs."""
