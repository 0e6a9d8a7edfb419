"""What vendors promise, and what a change of it means for us. Pure: no network, files, clock, randomness or logging."""
