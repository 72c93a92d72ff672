"""The frozen structs that calls return, a file for each family of endpoints."""
