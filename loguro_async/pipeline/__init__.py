"""The stages of a call, from a query to its response; ``stages`` lists them in order."""
