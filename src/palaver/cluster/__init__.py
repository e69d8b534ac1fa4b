"""What nodes share now: the broker, presence and leases."""
