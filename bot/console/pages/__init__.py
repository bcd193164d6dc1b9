"""The pages, one module a topic; each declares its routes in ``PAGES``."""
