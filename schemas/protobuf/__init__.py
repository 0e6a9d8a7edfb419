"""Protocol buffers: files and descriptor sets into one model, and what changed in it."""
