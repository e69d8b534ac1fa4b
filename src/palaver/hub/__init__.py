"""SERVER. The only place where rules, storage and delivery meet."""
