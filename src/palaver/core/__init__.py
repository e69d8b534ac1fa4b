"""RULES. What people may do and what then becomes true: pure values and functions, without clock, waiting or drivers."""
