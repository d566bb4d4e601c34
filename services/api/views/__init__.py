"""The views that the HTTP API answers from: of now, of another time, and as they change."""
