"""The run layer: the order of the steps, the door, notebooks, pages, manifest, verify, diff."""
