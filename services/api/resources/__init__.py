"""The resources of the HTTP API, one a module."""
