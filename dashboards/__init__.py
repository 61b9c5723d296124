"""The pages: sentence first, server-drawn chart second, table third."""
