"""The handlers of the endpoints: coroutines that return the JSON of a response."""
