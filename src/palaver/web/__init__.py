"""URLS. What each address means: pages, the site API, health."""
