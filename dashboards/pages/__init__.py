"""The routes of the pages: report, page context, template."""
