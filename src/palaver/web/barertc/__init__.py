"""BareRTC's addresses over HTTP besides its wires: the site's calls, the users' calls, and its plain pages."""
