"""The endpoints' answers, a module for each family; each answer is a coroutine over a question."""
