"""One module an audience: route -> report -> page context -> template."""
