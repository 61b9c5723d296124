"""The door for programs: JSON under /api/v1, and the web server that carries the pages."""
