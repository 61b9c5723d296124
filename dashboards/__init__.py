"""The door for people: pages, charts, and every word they say."""
